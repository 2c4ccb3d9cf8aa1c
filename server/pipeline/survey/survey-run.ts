import {
  type Alert,
  type CalibrateMethod,
  type Calibration,
  type Edge,
  type EnergyAxis,
  pixelCount,
  type Scan,
  type SumSpectrum,
} from '../../../protocol/index.ts';
import { workerScript } from '../../built-file.ts';
import type { AlignMethod } from '../options.ts';
import type { RaisedAlert } from '../raised-alert.ts';
import type { Alignment } from '../reading/aligned-reader.ts';
import type { ReportTrouble } from '../threads/read-troubles.ts';
import { resumption, type Wanted } from '../threads/resumption.ts';
import { type Ended, type Restarted, type Silent, WorkerHost } from '../threads/worker-host.ts';
import { AXIS_ALERT, axisAlert } from './axis-text.ts';
import { COUNTS, countsAlert } from './counts-text.ts';
import type { Reading } from './reading-survey.ts';
import { shiftAlert } from './shift-text.ts';
import type {
  SurveyCommand,
  SurveyLayouts,
  SurveyMaps,
  SurveyReport,
  SurveyWorkerData,
} from './survey-protocol.ts';
import { suspectAlert } from './suspect-text.ts';
import { zeroLossAlerts } from './zero-loss-text.ts';

export interface SurveyRunInput {
  scan: Scan;
  layouts: SurveyLayouts;
  maps: SurveyMaps;
  /** Edges that the energy axis covers. */
  edges: Edge[];
  align: AlignMethod;
  asked: readonly Edge[];
  calibrate: CalibrateMethod;
  live: boolean;
  /** Passes that are complete at each pixel. */
  measured: Uint8Array;
  wanted: () => Wanted;
  on: {
    /** Read faults of its threads combined. */
    trouble: ReportTrouble;
    maps(first: number, count: number): void;
    sum(sum: Omit<SumSpectrum, 'epoch'>): void;
    alignment(alignment: Alignment): void;
    reading(reading: Reading): void;
    calibration(calibration: Omit<Calibration, 'epoch'>): void;
    alert(alert: RaisedAlert): void;
    cleared(id: string): void;
    /** The final maps are there. */
    finished(): void;
    /** They cannot be made. */
    failed(message: string): void;
    /** The thread is gone. */
    ended(): void;
  };
}

/** Main-thread side of the survey worker. */
export class SurveyRun {
  readonly #input: SurveyRunInput;
  readonly #host: WorkerHost<SurveyCommand, SurveyReport>;
  #layouts: SurveyLayouts;
  #chosen: EnergyAxis | undefined;
  /** The axis in force. */
  #energy: EnergyAxis;
  #sum: Omit<SumSpectrum, 'epoch'> | undefined;
  /** Alerts about the zero-loss peak that are shown. */
  #ofZeroLoss: string[] = [];

  constructor(input: SurveyRunInput) {
    this.#input = input;
    this.#layouts = input.layouts;
    this.#energy = input.scan.energy;
    const { scan, maps, edges, align, asked, calibrate, live, measured, wanted } = input;
    this.#host = new WorkerHost<SurveyCommand, SurveyReport>({
      script: workerScript('survey-worker'),
      data: (): SurveyWorkerData => ({
        scan,
        maps,
        edges,
        align,
        asked,
        calibrate,
        live,
        ...(this.#chosen && { chosen: this.#chosen }),
        ...this.#layouts,
      }),
      resume: () => resumption(measured, wanted()),
      report: (report) => this.#take(report),
      trouble: input.on.trouble,
      pixels: pixelCount(scan),
    });
  }

  send(command: SurveyCommand): void {
    if (command.type === 'extend') this.#layouts = { ...this.#layouts, ...command.layouts };
    if (command.type === 'choose') this.#chosen = command.energy;
    this.#host.send(command);
  }

  /** Kills the thread, as a crash would; for tests. */
  kill(): Promise<void> {
    return this.#host.kill();
  }

  close(): Promise<void> {
    return this.#host.close();
  }

  #take(report: SurveyReport | Restarted | Silent | Ended): void {
    const { scan, on } = this.#input;
    const say = (severity: Alert['severity'], text: string) =>
      on.alert({ id: 'survey', severity, message: `${scan.name}: sums and thickness: ${text}` });
    switch (report.type) {
      case 'maps':
        on.maps(report.first, report.count);
        break;
      case 'sum':
        on.sum(report.sum);
        this.#sum = report.sum;
        this.#reportZeroLoss(false);
        this.#reportShift();
        break;
      case 'alignment':
        on.alignment(report.alignment);
        break;
      case 'reading':
        this.#energy = report.reading.energy;
        on.reading(report.reading);
        break;
      case 'calibration': {
        on.calibration(report.calibration);
        const alert = axisAlert(scan, report.calibration, this.#energy);
        // Only final figures raise a new alert.
        if (alert) on.alert({ ...alert, ongoing: !report.final });
        else on.cleared(AXIS_ALERT);
        break;
      }
      case 'suspect':
        on.alert(suspectAlert(scan, report));
        break;
      case 'counts':
        if (report.fault) on.alert(countsAlert(scan, report.fault));
        else on.cleared(COUNTS);
        break;
      case 'final':
        this.#reportZeroLoss(true);
        on.finished();
        break;
      case 'failed':
        on.failed(report.message);
        break;
      case 'restarted':
      case 'silent':
        say('warning', report.message);
        break;
      case 'ended':
        say('error', report.message);
        on.ended();
        break;
    }
  }
  #reportShift(): void {
    const { scan, on } = this.#input;
    const alert = shiftAlert(scan, this.#sum?.drift);
    if (alert) on.alert(alert);
    else on.cleared('shift');
  }

  /** Removes alerts that no longer hold. */
  #reportZeroLoss(final: boolean): void {
    const { scan, align, edges, on } = this.#input;
    const alerts = zeroLossAlerts(scan, this.#sum, { align, edges, final });
    const ids = alerts.map(({ id }) => id);
    for (const id of this.#ofZeroLoss) if (!ids.includes(id)) on.cleared(id);
    this.#ofZeroLoss = ids;
    for (const alert of alerts) on.alert(alert);
  }
}
