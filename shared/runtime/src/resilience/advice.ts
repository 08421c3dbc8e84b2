/**
 * What an operator does about a backend that cannot be used, by the code of its fault: one sentence in the log, in `/ready` and in
 * `leasehold doctor`. Other codes say in their message what there is to say.
 */
const ADVICE: Readonly<Record<string, string>> = {
  AccessDenied: 'check its credentials in the settings, and what they are allowed',
  BadKubeconfig: 'mend the kubeconfig',
  CertificateRefused: 'check its certificate, and the CA in the settings',
  ClockSkewed: 'set the clocks of both sides',
  ClusterUnknown: 'set its cluster in the settings',
  Redirected: 'set its address in the settings to where it is now',
  RedirectRefused: 'set its address in the settings to where it is now',
  NotMinio: 'set its vendor to generic in the settings',
  ReadOnly: 'make room, or end its read-only mode',
  StorageFull: 'make room on its disks',
  TenantMissing: 'make its tenant, or name another in the settings',
  UnknownDataCentre: 'name data centres that the cluster has, in the settings and the tier files',
  WrongRegion: 'set its region in the settings',
  WrongServer: 'check that its address in the settings is that of the right server, in a supported version',
};

export const adviceFor = (code: string): string | undefined => ADVICE[code];
