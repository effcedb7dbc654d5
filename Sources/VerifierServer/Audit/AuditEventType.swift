// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The kinds of audited events, by the names of Okta's System Log where one exists.
package struct AuditEventType: RawRepresentable, Hashable, Sendable {
    /// The name as it is written.
    package let rawValue: String

    /// A kind by its name.
    package init(rawValue: String) { self.rawValue = rawValue }

    /// A session started.
    package static let userSessionStart = AuditEventType(rawValue: "user.session.start")
    /// A session ended.
    package static let userSessionEnd = AuditEventType(rawValue: "user.session.end")
    /// A device answered a challenge.
    package static let authentication = AuditEventType(rawValue: "user.authentication.auth_via_mfa")
    /// A security key may have been copied. Ours.
    package static let keyCounter = AuditEventType(rawValue: "device.key.counter_regress")
    /// Policy judged a sign-in.
    package static let policyEvaluation = AuditEventType(rawValue: "policy.evaluate_sign_on")
    /// The administrator's release feed was taken, or refused. Ours.
    package static let releaseFeedUpdate = AuditEventType(rawValue: "device.assurance.release_feed.update")
    /// A user was added.
    package static let userCreate = AuditEventType(rawValue: "user.lifecycle.create")
    /// A user was suspended.
    package static let userSuspend = AuditEventType(rawValue: "user.lifecycle.suspend")
    /// A suspended user may sign in again.
    package static let userUnsuspend = AuditEventType(rawValue: "user.lifecycle.unsuspend")
    /// A user was deleted.
    package static let userDelete = AuditEventType(rawValue: "user.lifecycle.delete.completed")
    /// A device was enrolled.
    package static let deviceEnroll = AuditEventType(rawValue: "device.enrollment.create")
    /// An enrolment was suspended. Ours.
    package static let enrollmentSuspend = AuditEventType(rawValue: "device.enrollment.suspend")
    /// A suspended enrolment may answer again. Ours.
    package static let enrollmentUnsuspend = AuditEventType(rawValue: "device.enrollment.unsuspend")
    /// An enrolment was deleted. Ours.
    package static let enrollmentDelete = AuditEventType(rawValue: "device.enrollment.delete")
    /// A spare key was added to an enrolment.
    package static let keyAdd = AuditEventType(rawValue: "user.mfa.factor.activate")
    /// A key was removed from an enrolment.
    package static let keyRemove = AuditEventType(rawValue: "user.mfa.factor.deactivate")
    /// A device got another name. Ours.
    package static let deviceRename = AuditEventType(rawValue: "device.rename")
    /// A device was suspended.
    package static let deviceSuspend = AuditEventType(rawValue: "device.lifecycle.suspend")
    /// A suspended device may answer again.
    package static let deviceUnsuspend = AuditEventType(rawValue: "device.lifecycle.unsuspend")
    /// A device was deleted.
    package static let deviceDelete = AuditEventType(rawValue: "device.lifecycle.delete")
    /// A one-time code was made. Ours.
    package static let codeIssue = AuditEventType(rawValue: "user.enrollment_code.issue")
    /// A one-time code was used, or tried in vain. Ours.
    package static let codeUse = AuditEventType(rawValue: "user.enrollment_code.use")
    /// An ID token was issued.
    package static let idTokenGrant = AuditEventType(rawValue: "app.oauth2.as.token.grant.id_token")
    /// An access token was issued.
    package static let accessTokenGrant = AuditEventType(rawValue: "app.oauth2.as.token.grant.access_token")
    /// A client was refused a token.
    package static let tokenGrant = AuditEventType(rawValue: "app.oauth2.as.token.grant")
    /// An access token ended, because its code was used a second time.
    package static let accessTokenRevoke = AuditEventType(rawValue: "app.oauth2.as.token.revoke")
    /// An authorization request was answered.
    package static let authorize = AuditEventType(rawValue: "app.oauth2.as.authorize")
    /// Somebody asked too often.
    package static let rateLimit = AuditEventType(rawValue: "system.operation.rate_limit.violation")
    /// The verifier's keys were changed.
    package static let keyRotation = AuditEventType(rawValue: "app.oauth2.key.rollover")

    // The management API.

    /// A token of the management API was made.
    package static let apiTokenCreate = AuditEventType(rawValue: "system.api_token.create")
    /// A token of the management API was revoked.
    package static let apiTokenRevoke = AuditEventType(rawValue: "system.api_token.revoke")
    /// Somebody asked the management API with a token that does not count, or that may not do it. Ours.
    package static let apiTokenRefuse = AuditEventType(rawValue: "system.api_token.refuse")
    /// A person became an administrator, or one of other things.
    package static let privilegeGrant = AuditEventType(rawValue: "user.account.privilege.grant")
    /// A person is no administrator any more.
    package static let privilegeRevoke = AuditEventType(rawValue: "user.account.privilege.revoke")
    /// A user's profile was changed.
    package static let userUpdate = AuditEventType(rawValue: "user.account.update_profile")
    /// A user was activated.
    package static let userActivate = AuditEventType(rawValue: "user.lifecycle.activate")
    /// A user was deactivated.
    package static let userDeactivate = AuditEventType(rawValue: "user.lifecycle.deactivate")
    /// A group was made.
    package static let groupCreate = AuditEventType(rawValue: "group.lifecycle.create")
    /// A group's profile was changed.
    package static let groupUpdate = AuditEventType(rawValue: "group.profile.update")
    /// A group was deleted.
    package static let groupDelete = AuditEventType(rawValue: "group.lifecycle.delete")
    /// A user became a member of a group.
    package static let groupMemberAdd = AuditEventType(rawValue: "group.user_membership.add")
    /// A user is no longer a member of a group.
    package static let groupMemberRemove = AuditEventType(rawValue: "group.user_membership.remove")
    /// A device was activated.
    package static let deviceActivate = AuditEventType(rawValue: "device.lifecycle.activate")
    /// A device was deactivated.
    package static let deviceDeactivate = AuditEventType(rawValue: "device.lifecycle.deactivate")
}
