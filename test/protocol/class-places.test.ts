import fc from 'fast-check';
import { expect, test } from 'vitest';
import { classPlaces, placesOfPhases } from '../../protocol/index.ts';

const edge = (...names: (string | undefined)[]) => ({
  classes: names.map((name, label) => ({ label, ...(name !== undefined && { name }) })),
});

test('a phase has one colour in every edge, whatever else the scan has', () => {
  const [first, second] = classPlaces([edge('SiC', 'Si', 'SiO2'), edge('a-C', 'SiC', undefined)]);
  expect(first).toEqual([2, 0, 1]);
  expect(second.slice(0, 2)).toEqual([7, 2]);
  expect(classPlaces([edge('SiC')])).toEqual([[2]]);
  expect(classPlaces([edge(undefined, 'SiO2 + Si')])[0][1]).toBe(classPlaces([edge('Si + SiO2')])[0][0]);
});

test('classes without names take what is left, by their numbers', () => {
  expect(classPlaces([edge(undefined, 'Si', undefined), edge(undefined)])).toEqual([[1, 0, 2], [1]]);
  const shuffled = { classes: [{ label: 2 }, { label: 0 }, { label: 1 }] };
  expect(classPlaces([shuffled])).toEqual([[2, 0, 1]]);
});

test('no two classes of an edge and no two phases share a colour while there are enough', () => {
  const name = fc.option(fc.constantFrom('Si', 'SiC', 'SiO2', 'TiN', 'TiO2', 'a-C', 'Fe2O3', 'Si + SiC'), {
    nil: undefined,
  });
  const names = fc.uniqueArray(name, { maxLength: 6, comparator: (a, b) => a !== undefined && a === b });
  fc.assert(
    fc.property(fc.array(names, { minLength: 1, maxLength: 3 }), (edges) => {
      const states = edges.map((one) => edge(...one));
      const places = classPlaces(states);
      const placeOf = new Map<string, number>();
      states.forEach(({ classes }, i) => {
        expect(new Set(places[i]).size).toBe(classes.length);
        classes.forEach(({ name: phase }, j) => {
          if (phase === undefined) return;
          expect(placeOf.get(phase) ?? places[i][j]).toBe(places[i][j]);
          placeOf.set(phase, places[i][j]);
        });
      });
      expect(new Set(placeOf.values()).size).toBe(placeOf.size);
    }),
  );
});

test('phases of the phase map have the colours of the classes with their names, and others for the rest', () => {
  const edges = [edge('SiC', undefined), edge(undefined, 'a-C')];
  const phases = [
    { number: 0, name: 'SiC', isNamed: true },
    { number: 1, name: 'a-C', isNamed: true },
    { number: 2, name: 'Si-L phase B', isNamed: false },
    { number: 3, name: 'O-K phase A', isNamed: false },
  ];
  const [silicon, carbon] = classPlaces(edges);
  const places = placesOfPhases(edges, phases);
  expect(places.slice(0, 2)).toEqual([silicon[0], carbon[1]]);
  expect(new Set(places).size).toBe(4);
});
