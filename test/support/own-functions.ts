/** The product's own functions. A team's functions are in other folders, and tests of the product's tables leave them out. */
import { taskVariable } from '../../lambdas/aws/environment';
import { functionNames, functions, tasks } from '../../lambdas/routes';

const FOLDERS = /^(websocket|http|broadcasts|events|replies|presence)\//;

export const isOwn = (name: string): boolean => FOLDERS.test(name);

/** Those that the product can have, deployed or not. */
export const ownFunctions = (Object.keys(functions) as (keyof typeof functions)[]).filter(isOwn);

/** Those in every deployment. */
export const ownDeployed = functionNames.filter(isOwn);

const others = Object.entries(tasks).filter(([, name]) => !isOwn(name));

/** Whether a variable names one of the team's tasks. */
export const isOthersVariable = (variable: string): boolean =>
  others.some(([task]) => variable === taskVariable(task as keyof typeof tasks));

/** Whether a resource, such as an ARN, is the function of one of the team's tasks. */
export const isOthersTask = (resource: string): boolean =>
  others.some(([, name]) => new RegExp(`-${name.replace('/', '-')}(:live)?$`).test(resource));
