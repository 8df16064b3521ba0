// SPDX-License-Identifier: Apache-2.0
//! The uplink taking leave of servers.

use std::time::{Duration, Instant};

use simstrap_policy::AccountId;
use simstrap_policy::bootstrap_data::object::ShortServerId;

use super::super::NetworkError;
use super::super::coap::{Code, Message, Request};
use super::super::link::Registration;
use super::{Network, accepted};
use crate::device::{Device, Mailbox, Talk, UplinkError};

/// How long de-registrations may take, all of them together. A server that is not there forgets
/// the device by itself.
const FAREWELL_WITHIN: Duration = Duration::from_secs(10);

impl Network {
    /// Gives the servers that could not be told.
    pub(super) fn farewell(
        &mut self,
        servers: &[ShortServerId],
        device: &mut Device,
        mailbox: &mut Mailbox,
    ) -> Vec<(ShortServerId, UplinkError)> {
        let until = Instant::now() + FAREWELL_WITHIN;
        let mut untold = Vec::new();
        let mut asked: Vec<ShortServerId> = Vec::new();
        for server in servers {
            match self.begin_farewell(AccountId::Server(*server)) {
                Some(Ok(())) => asked.push(*server),
                Some(Err(error)) => {
                    self.drop_link(AccountId::Server(*server));
                    untold.push((*server, error.into()));
                }
                None => {}
            }
        }
        loop {
            asked.retain(|server| {
                let id = AccountId::Server(*server);
                let Some(outcome) = self.outcome(id, FAREWELL_WITHIN, until) else { return true };
                if let Err(error) = self.conclude_farewell(id, outcome, device) {
                    untold.push((*server, error.into()));
                }
                false
            });
            if asked.is_empty() {
                return untold;
            }
            if self.attend(Some(until), device, mailbox).is_err() {
                asked.iter().for_each(|server| _ = self.drop_link(AccountId::Server(*server)));
                untold.extend(asked.into_iter().map(|server| (server, UplinkError::Stopped)));
                return untold;
            }
        }
    }

    /// Asks a server to forget the device. `None` where there is nothing to forget.
    fn begin_farewell(&mut self, id: AccountId) -> Option<Result<(), NetworkError>> {
        let registration = self.links.get_mut(&id)?.registration.take()?;
        Some(self.begin_exchange(id, &deregistration(registration)))
    }

    /// Tells how a farewell ended.
    fn conclude_farewell(
        &mut self,
        id: AccountId,
        outcome: Result<Message, NetworkError>,
        device: &Device,
    ) -> Result<(), NetworkError> {
        match outcome {
            Ok(answer) => {
                accepted(&answer)?;
                self.tell(Talk::Deregister, id, device, String::new());
                Ok(())
            }
            Err(error) => {
                self.drop_link(id);
                Err(error)
            }
        }
    }
}

pub(super) fn deregistration(registration: Registration) -> Request {
    let path = registration.location;
    Request { method: Code::DELETE, path, query: Vec::new(), payload: None }
}
