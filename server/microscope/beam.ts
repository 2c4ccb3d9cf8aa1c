/** The simulated microscope's beam; the cross-sections hold for it. */
export const BEAM = { beamKv: 200, convergenceMrad: 20, collectionMrad: 30 } as const;
