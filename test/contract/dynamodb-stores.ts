/** The contracts of all stores on one DynamoDB. */
import { describeDynamoAnswers } from './dynamodb-answers';
import { describeDynamoBroadcasts } from './dynamodb-broadcasts';
import { describeDynamoCalls } from './dynamodb-calls';
import { describeDynamoClientTools } from './dynamodb-client-tools';
import { describeDynamoClients } from './dynamodb-clients';
import { describeDynamoGroups } from './dynamodb-groups';
import { describeDynamoHistory } from './dynamodb-history';
import { describeDynamoPresence } from './dynamodb-presence';
import { describeDynamoReplies } from './dynamodb-replies';
import { describeDynamoReplyQueue } from './dynamodb-reply-queue';

/** @param url  of the DynamoDB, once it runs */
export function describeDynamoStores(where: string, url: () => string): void {
  describeDynamoClients(where, url);
  describeDynamoHistory(where, url);
  describeDynamoBroadcasts(where, url);
  describeDynamoGroups(where, url);
  describeDynamoPresence(where, url);
  describeDynamoAnswers(where, url);
  describeDynamoCalls(where, url);
  describeDynamoClientTools(where, url);
  describeDynamoReplies(where, url);
  describeDynamoReplyQueue(where, url);
}
