// SPDX-License-Identifier: Apache-2.0
//! Choosing a reader, and asking it whether there is a card in it.

use std::ffi::{CStr, CString};
use std::time::Duration;

use pcsc::{Context, ReaderState, Scope, State};

use super::{PcscError, Reader, ReaderChoice};

/// What a reader says of its card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CardState {
    Present,
    Absent,
    Mute,
    /// The reader itself is gone.
    NoReader,
}

/// Asks the service; errors of its own tell nothing about a card.
pub(super) fn card_state(context: &Context, reader: &CStr) -> Result<CardState, pcsc::Error> {
    let mut states = [ReaderState::new(reader, State::UNAWARE)];
    // From a state that is not known, any state is news: this does not wait.
    match context.get_status_change(Duration::ZERO, &mut states) {
        Ok(()) => {}
        Err(pcsc::Error::UnknownReader | pcsc::Error::ReaderUnavailable) => {
            return Ok(CardState::NoReader);
        }
        Err(error) => return Err(error),
    }
    Ok(states.first().map_or(CardState::NoReader, |state| of(state.event_state())))
}

fn of(state: State) -> CardState {
    if state.intersects(State::UNKNOWN | State::UNAVAILABLE | State::IGNORE) {
        CardState::NoReader
    } else if state.contains(State::EMPTY) {
        CardState::Absent
    } else if state.contains(State::MUTE) {
        CardState::Mute
    } else {
        CardState::Present
    }
}

/// The reader that is meant: the only one, or the only one with a card. `used` is the one that
/// served before: what became of its card, no other reader can tell.
pub(super) fn choose(
    context: &Context,
    choice: &ReaderChoice,
    used: Option<&CStr>,
) -> Result<CString, PcscError> {
    choose_among(states(context)?, choice, used)
}

/// Every reader.
pub(super) fn all() -> Result<Vec<Reader>, PcscError> {
    let context = Context::establish(Scope::User)?;
    let readers = states(&context)?.into_iter().map(|(reader, state)| Reader {
        name: name(&reader),
        has_card: matches!(state, CardState::Present | CardState::Mute),
    });
    Ok(readers.collect())
}

fn states(context: &Context) -> Result<Vec<(CString, CardState)>, PcscError> {
    let readers = context.list_readers_owned().map_err(PcscError::from)?;
    let states = readers.into_iter().map(|reader| {
        let state = card_state(context, &reader)?;
        Ok((reader, state))
    });
    Ok(states.collect::<Result<_, pcsc::Error>>()?)
}

fn choose_among(
    readers: Vec<(CString, CardState)>,
    choice: &ReaderChoice,
    used: Option<&CStr>,
) -> Result<CString, PcscError> {
    if readers.is_empty() {
        return Err(PcscError::NoReader);
    }
    let is_gone = used.is_some_and(|used| readers.iter().all(|(reader, _)| **reader != *used));
    let names: Vec<String> = readers.iter().map(|(reader, _)| name(reader)).collect();
    let mut meant: Vec<_> = readers
        .into_iter()
        .filter(|(reader, _)| match choice {
            ReaderChoice::OnlyWithCard => true,
            ReaderChoice::Named(part) => name(reader).contains(part.as_str()),
        })
        .collect();
    if let ReaderChoice::Named(part) = choice
        && meant.is_empty()
    {
        return Err(PcscError::NoSuchReader { name: part.clone(), readers: names });
    }
    meant.retain(|(_, state)| matches!(state, CardState::Present | CardState::Mute));
    match (meant.len(), meant.pop()) {
        (1, Some((reader, _))) => Ok(reader),
        (_, Some(last)) => {
            let readers = meant.iter().chain([&last]).map(|(reader, _)| name(reader)).collect();
            Err(PcscError::SeveralReaders { readers })
        }
        (_, None) if is_gone => Err(PcscError::ReaderGone),
        (_, None) => Err(PcscError::NoCard),
    }
}

fn name(reader: &CStr) -> String {
    reader.to_string_lossy().into_owned()
}

impl From<pcsc::Error> for PcscError {
    fn from(error: pcsc::Error) -> Self {
        use pcsc::Error;
        match error {
            Error::NoService | Error::ServiceStopped => Self::NoService,
            Error::NoReadersAvailable => Self::NoReader,
            Error::UnknownReader | Error::ReaderUnavailable => Self::ReaderGone,
            Error::NoSmartcard | Error::RemovedCard => Self::NoCard,
            Error::SharingViolation => Self::HeldExclusively,
            Error::ResetCard => Self::CardReset,
            Error::UnresponsiveCard
            | Error::UnpoweredCard
            | Error::UnsupportedCard
            | Error::ProtoMismatch => Self::MuteCard,
            Error::Timeout => Self::Timeout,
            error => Self::Failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readers(states: &[(&str, CardState)]) -> Vec<(CString, CardState)> {
        states.iter().map(|(name, state)| (CString::new(*name).unwrap(), *state)).collect()
    }

    #[test]
    fn quirk_13_the_only_reader_with_a_card() {
        let any = ReaderChoice::OnlyWithCard;
        let named = |part: &str| ReaderChoice::Named(part.to_owned());
        let two = readers(&[("A 00", CardState::Absent), ("B 00", CardState::Present)]);
        assert_eq!(choose_among(two.clone(), &any, None), Ok(c"B 00".to_owned()));
        assert_eq!(choose_among(two.clone(), &named("B"), None), Ok(c"B 00".to_owned()));
        assert_eq!(choose_among(two.clone(), &named("A"), None), Err(PcscError::NoCard));
        assert_eq!(
            choose_among(two, &named("C"), None),
            Err(PcscError::NoSuchReader {
                name: "C".to_owned(),
                readers: vec!["A 00".to_owned(), "B 00".to_owned()]
            })
        );
        assert_eq!(choose_among(Vec::new(), &any, None), Err(PcscError::NoReader));
        assert_eq!(choose_among(Vec::new(), &named("A"), None), Err(PcscError::NoReader));
        let both = readers(&[("A 00", CardState::Present), ("A 01", CardState::Mute)]);
        let several =
            PcscError::SeveralReaders { readers: vec!["A 00".to_owned(), "A 01".to_owned()] };
        assert_eq!(choose_among(both.clone(), &any, None), Err(several.clone()));
        assert_eq!(choose_among(both.clone(), &named("A"), None), Err(several));
        assert_eq!(choose_among(both, &named("A 01"), None), Ok(c"A 01".to_owned()));
    }

    #[test]
    fn cr_09_quirk_13_a_card_that_went_with_its_reader_was_not_pulled() {
        let any = ReaderChoice::OnlyWithCard;
        let other = readers(&[("A 00", CardState::Absent)]);
        let used = Some(c"B 00");
        assert_eq!(choose_among(other.clone(), &any, used), Err(PcscError::ReaderGone));
        assert_eq!(choose_among(Vec::new(), &any, used), Err(PcscError::NoReader));
        assert_eq!(choose_among(other, &any, Some(c"A 00")), Err(PcscError::NoCard));
        let another = readers(&[("A 00", CardState::Present)]);
        assert_eq!(choose_among(another, &any, used), Ok(c"A 00".to_owned()));
        let pulled = readers(&[("A 00", CardState::Absent), ("B 00", CardState::Absent)]);
        assert_eq!(choose_among(pulled, &any, used), Err(PcscError::NoCard));
    }

    #[test]
    fn quirk_13_states_of_a_reader() {
        assert_eq!(of(State::CHANGED | State::EMPTY), CardState::Absent);
        assert_eq!(of(State::CHANGED | State::PRESENT), CardState::Present);
        assert_eq!(of(State::PRESENT | State::INUSE | State::EXCLUSIVE), CardState::Present);
        assert_eq!(of(State::PRESENT | State::MUTE), CardState::Mute);
        assert_eq!(of(State::UNKNOWN | State::CHANGED), CardState::NoReader);
        assert_eq!(of(State::UNAVAILABLE), CardState::NoReader);
    }
}
