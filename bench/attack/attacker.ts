/** The process of one attack. Its arguments are the attack's name and its victim, as JSON; it reports what it has done on request. */
import { type AssaultName, assaults, type Victim } from './assaults';
import type { Counts } from './swarm';

const [name = '', victim = '{}'] = process.argv.slice(2);
const counts: Counts = { opened: 0, cutOff: 0, sent: 0 };
process.on('message', () => process.send?.(counts));
process.on('disconnect', () => process.exit(1));
process.on('SIGTERM', () => process.exit(0));
assaults[name as AssaultName].start(JSON.parse(victim) as Victim, counts);
