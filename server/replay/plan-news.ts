import { counted, type Plan } from '../../protocol/index.ts';

/**
 * What happened to a plan that people did or should know: it was accepted, withdrawn or has expired, or what came of one is known. That
 * others are proposed is not said.
 * @param before the plan that was noted before it
 */
export function planNews(plan: Plan, before: Plan | undefined): string[] {
  const news: string[] = [];
  const isSame = before?.status === plan.status && before.number === plan.number;
  if (!isSame && plan.status === 'accepted') news.push(`plan ${plan.number} accepted: ${regionsOf(plan)}`);
  if (!isSame && plan.status === 'expired') news.push(`plan ${plan.number} has expired${why(plan)}`);
  if (before?.status === 'accepted' && plan.status === 'proposed' && cameOf(before, plan) === undefined)
    news.push(`plan ${before.number} withdrawn`);
  for (const { number, predictedGain, achievedGain } of plan.history) {
    const known = before?.history.find((past) => past.number === number)?.achievedGain;
    if (achievedGain !== undefined && achievedGain !== known)
      news.push(
        `plan ${number} put ${pixels(achievedGain)} right, ${pixels(predictedGain)} had been expected`,
      );
  }
  return news;
}

const why = ({ expiredFor }: Plan): string => (expiredFor === undefined ? '' : `: ${expiredFor}`);

/** What a plan has brought, where that is known by now. */
const cameOf = ({ number }: Plan, { history }: Plan): number | undefined =>
  history.find((past) => past.number === number)?.achievedGain;

const regionsOf = ({ regions, gain }: Plan): string =>
  `${counted(regions.length, 'region')}, ${pixels(gain)} expected to be put right`;

const pixels = (count: number): string => counted(Math.round(count), 'pixel');
