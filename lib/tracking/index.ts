export { MlflowRun, type MlflowRunOptions, type MlflowStatus } from './mlflow-run';
export { noteServer, sendRun, serverOf, unsentRuns } from './send-run';
export { MlflowServer } from './server';
export { type TrackingTarget, trackingTarget } from './target';
