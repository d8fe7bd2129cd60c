//! How it ends when it does not end well, and what is told of the server's key.

use chat_proto::visible::visible;

use super::{Exit, Filter, Outputs, Standing, name_unsent};
use crate::pure::link::Unsent;

impl Filter {
    pub(super) fn pinned(&self, fingerprint: &str, out: &mut Outputs) {
        let server = &self.options.server;
        out.note(format_args!(
            "{server} is known by its key from now on: {fingerprint}"
        ));
    }

    pub(super) fn untrusted(&self, reason: &str, unsent: &[Unsent], out: &mut Outputs) {
        self.name_unsent_if_welcome(unsent, out);
        out.end(Exit::Untrusted, visible(reason));
    }

    /// At the first try nothing that was to be said can have been taken: that goes without saying.
    pub(super) fn name_unsent_if_welcome(&self, unsent: &[Unsent], out: &mut Outputs) {
        if matches!(self.standing, Standing::Welcome | Standing::Lost) {
            name_unsent(unsent, out);
        }
    }

    pub(super) fn refused(&self, reason: &str, unsent: &[Unsent], out: &mut Outputs) {
        self.name_unsent_if_welcome(unsent, out);
        let server = &self.options.server;
        out.end(Exit::Refused, format_args!("refused by {server}: {reason}"));
    }

    pub(super) fn gave_up(&self, unsent: &[Unsent], out: &mut Outputs) {
        name_unsent(unsent, out);
        let server = &self.options.server;
        out.end(Exit::Lost, format_args!("gave up: no connection to {server}"));
    }
}
