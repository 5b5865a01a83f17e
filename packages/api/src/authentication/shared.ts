import { field, type Infer, list, map, message, string } from '@kubets/core';

export const UserInfo = message('io.k8s.api.authentication.v1.UserInfo', 'A user as authentication found them.', {
  username: field(1, string, 'Name that tells the user from all others.'),
  uid: field(2, string, 'Identifier that stays with the user across renames and tells namesakes apart.'),
  groups: field(3, list(string), 'Names of the groups that the user is in.').atomic(),
  extra: field(4, map(list(string)), 'Further information that the authenticator gave.'),
});
export interface UserInfo extends Infer<typeof UserInfo> {}
