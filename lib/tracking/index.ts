export { MlflowRun, type MlflowRunOptions, type MlflowStatus } from './mlflow-run';
