/* SPDX-License-Identifier: Apache-2.0 */
/* simstrap: LwM2M bootstrap from a smart card. Generated from crates/capi; see docs/c-api.md. */

#ifndef SIMSTRAP_H
#define SIMSTRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What came of a call. Everything but `SIMSTRAP_STATUS_OK` leaves outputs untouched.
enum simstrap_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Done.
    SIMSTRAP_STATUS_OK = 0,
    // A pointer that has to be given is `NULL`.
    SIMSTRAP_STATUS_NULL_POINTER = 1,
    // A number, a length or a text that cannot be.
    SIMSTRAP_STATUS_INVALID_ARGUMENT = 2,
    // The buffer is shorter than what has to go into it.
    SIMSTRAP_STATUS_BUFFER_TOO_SMALL = 3,
    // There is no such thing.
    SIMSTRAP_STATUS_NOT_FOUND = 4,
    // The bytes are no bootstrap data, or no record.
    SIMSTRAP_STATUS_MALFORMED_DATA = 5,
    // There is no card.
    SIMSTRAP_STATUS_NO_CARD = 6,
    // There is a card, and it holds no bootstrap data.
    SIMSTRAP_STATUS_NO_BOOTSTRAP_DATA = 7,
    // The card could not be read; what it holds is unknown.
    SIMSTRAP_STATUS_UNREADABLE = 8,
    // The store could not be read.
    SIMSTRAP_STATUS_STORE = 9,
    // There are no random bytes.
    SIMSTRAP_STATUS_RANDOM = 10,
    // The client was not started yet, or is closed.
    SIMSTRAP_STATUS_CLOSED = 11,
    // Not now: called from within a callback, or too many events wait.
    SIMSTRAP_STATUS_BUSY = 12,
    // This build of the library cannot do that.
    SIMSTRAP_STATUS_UNSUPPORTED = 13,
    // A defect of the library was stopped at its border. What the handle does from here on is
    // refused with `SIMSTRAP_STATUS_CLOSED`; free it.
    SIMSTRAP_STATUS_PANIC = 14,
    // Callbacks hand in events without an end: the client has dealt with 1024 in this call and
    // returns in between. What was handed in is not lost: the next call goes on with it,
    // `simstrap_client_start` without anything new.
    SIMSTRAP_STATUS_UNFINISHED = 15,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum simstrap_status simstrap_status;
#else
typedef int32_t simstrap_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What becomes of an account.
enum simstrap_decision
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // It is used.
    SIMSTRAP_DECISION_APPLY = 0,
    // It is in order, and not used: the policy or the device chose so.
    SIMSTRAP_DECISION_IGNORE = 1,
    // It is not used: it is not in order, or falls short of what the policy demands.
    SIMSTRAP_DECISION_REFUSE = 2,
    // It was used, and is not any more; what it wrote is still there.
    SIMSTRAP_DECISION_DISABLED = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum simstrap_decision simstrap_decision;
#else
typedef int32_t simstrap_decision;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What a step does.
enum simstrap_step_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Tell `server` that the device leaves, if it can be reached; failing is no failure.
    SIMSTRAP_STEP_KIND_DEREGISTER = 0,
    // End the session with `server`.
    SIMSTRAP_STEP_KIND_CLOSE_SESSION = 1,
    // From here on, no Register, no Update, no notification to `server`; what is stored stays.
    SIMSTRAP_STEP_KIND_DISABLE = 2,
    // End the observations of `server`.
    SIMSTRAP_STEP_KIND_CANCEL_OBSERVATIONS = 3,
    // Make `server` the owner (resource 3) of Access Control instance `instance`.
    SIMSTRAP_STEP_KIND_CHANGE_OWNER = 4,
    // Remove `server` from the list (resource 2) of Access Control instance `instance`.
    SIMSTRAP_STEP_KIND_REMOVE_ACCESS = 5,
    // Remove the object instance `object`/`instance`.
    SIMSTRAP_STEP_KIND_REMOVE = 6,
    // Write the object instance `object`/`instance`, replacing what is there: `bytes`.
    SIMSTRAP_STEP_KIND_WRITE = 7,
    // The account of `server` is complete and can be used once the record is stored.
    SIMSTRAP_STEP_KIND_ENABLE = 8,
    // The account of `server` is unchanged and goes on, with its session.
    SIMSTRAP_STEP_KIND_KEEP = 9,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum simstrap_step_kind simstrap_step_kind;
#else
typedef int32_t simstrap_step_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What a client does with a server.
enum simstrap_operation
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Register.
    SIMSTRAP_OPERATION_REGISTER = 0,
    // Update the registration.
    SIMSTRAP_OPERATION_UPDATE = 1,
    // Client-initiated bootstrap; the server is 0.
    SIMSTRAP_OPERATION_BOOTSTRAP = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum simstrap_operation simstrap_operation;
#else
typedef int32_t simstrap_operation;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What a notice is about.
enum simstrap_notice_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // `operation` with `server` waits until the card can be read; it is not lost.
    SIMSTRAP_NOTICE_KIND_DEFERRED = 0,
    // `operation` with `server` will not be done.
    SIMSTRAP_NOTICE_KIND_CANCELLED = 1,
    // The card could not be read, for the `attempt`th time in a row.
    SIMSTRAP_NOTICE_KIND_UNREADABLE = 2,
    // A plan was not carried out, for the `attempt`th time in a row; another one makes up for it.
    SIMSTRAP_NOTICE_KIND_NOT_CARRIED_OUT = 3,
    // The data was refused as a whole.
    SIMSTRAP_NOTICE_KIND_REFUSED = 4,
    // The account of `server` is not used: `decision`.
    SIMSTRAP_NOTICE_KIND_NOT_USED = 5,
    // No server is left to turn to; everything starts over after a while.
    SIMSTRAP_NOTICE_KIND_STRANDED = 6,
    // A server asked to bootstrap the device and may: let it go ahead.
    SIMSTRAP_NOTICE_KIND_BOOTSTRAP_ACCEPTED = 7,
    // A server asked to bootstrap the device and may not: leave it unanswered.
    SIMSTRAP_NOTICE_KIND_BOOTSTRAP_IGNORED = 8,
    // Something went wrong and is dealt with.
    SIMSTRAP_NOTICE_KIND_TROUBLE = 9,
    // Something this version of the header has no name for.
    SIMSTRAP_NOTICE_KIND_OTHER = 10,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum simstrap_notice_kind simstrap_notice_kind;
#else
typedef int32_t simstrap_notice_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The type of a value.
enum simstrap_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Bytes: opaque, or of a resource the library does not know.
    SIMSTRAP_TYPE_OPAQUE = 0,
    // UTF-8 text, in `bytes`, without NUL.
    SIMSTRAP_TYPE_STRING = 1,
    // A signed number, in `integer`.
    SIMSTRAP_TYPE_INTEGER = 2,
    // A number without sign, in `unsigned_integer`.
    SIMSTRAP_TYPE_UNSIGNED = 3,
    // A floating-point number, in `real`.
    SIMSTRAP_TYPE_FLOAT = 4,
    // A truth value, in `boolean`.
    SIMSTRAP_TYPE_BOOLEAN = 5,
    // Seconds since 1970-01-01 UTC, in `integer`.
    SIMSTRAP_TYPE_TIME = 6,
    // A link to an object instance, in `link_object` and `link_instance`.
    SIMSTRAP_TYPE_OBJECT_LINK = 7,
    // Bytes that are no value of the type their resource has.
    SIMSTRAP_TYPE_MALFORMED = 8,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum simstrap_type simstrap_type;
#else
typedef int32_t simstrap_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What the stack says of an operation that it was told to perform.
enum simstrap_performance
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // It succeeded.
    SIMSTRAP_PERFORMANCE_DONE = 0,
    // It was refused, or nobody answered.
    SIMSTRAP_PERFORMANCE_FAILED = 1,
    // It is under way; `simstrap_client_performed` tells how it ended.
    SIMSTRAP_PERFORMANCE_UNDER_WAY = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum simstrap_performance simstrap_performance;
#else
typedef int32_t simstrap_performance;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Where an object instance came from.
enum simstrap_source
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The device does not keep track; the record tells what came from the card.
    SIMSTRAP_SOURCE_UNKNOWN = 0,
    // The smart card.
    SIMSTRAP_SOURCE_SMARTCARD = 1,
    // The factory.
    SIMSTRAP_SOURCE_FACTORY = 2,
    // A bootstrap server.
    SIMSTRAP_SOURCE_BOOTSTRAP_SERVER = 3,
    // A server, through device management.
    SIMSTRAP_SOURCE_SERVER = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum simstrap_source simstrap_source;
#else
typedef int32_t simstrap_source;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What came of sending a command to the card.
enum simstrap_transmission
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The response is there.
    SIMSTRAP_TRANSMISSION_DONE = 0,
    // There is no card: certain, not merely likely. What came from it will be deleted.
    SIMSTRAP_TRANSMISSION_NO_CARD = 1,
    // The card was reset: channels and sessions are gone.
    SIMSTRAP_TRANSMISSION_CARD_RESET = 2,
    // No answer in time; whether there is a card is unknown.
    SIMSTRAP_TRANSMISSION_TIMEOUT = 3,
    // The way to the card is not there or in use.
    SIMSTRAP_TRANSMISSION_UNAVAILABLE = 4,
    // Anything else.
    SIMSTRAP_TRANSMISSION_FAILED = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum simstrap_transmission simstrap_transmission;
#else
typedef int32_t simstrap_transmission;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What to do with objects the device does not support.
enum simstrap_unsupported
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Report them; they are written all the same.
    SIMSTRAP_UNSUPPORTED_REPORT = 0,
    // Report them, and leave them out.
    SIMSTRAP_UNSUPPORTED_SKIP = 1,
    // Refuse the whole.
    SIMSTRAP_UNSUPPORTED_REFUSE = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum simstrap_unsupported simstrap_unsupported;
#else
typedef int32_t simstrap_unsupported;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Bootstrap data as a policy sees it. It may be used by several threads at once.
typedef struct simstrap_assessment simstrap_assessment;

// Keeps the device in step with its card: the bootstrap sequence, the look at the card before
// every Register and Update, what to disable, delete or write when it changed or is gone.
//
// It belongs to one thread at a time. Nothing in it waits: every function returns once the
// callbacks have, and the client goes on with the next event. One call deals with at most 1024
// events; `SIMSTRAP_STATUS_UNFINISHED` says that callbacks have handed in more.
typedef struct simstrap_client simstrap_client;

// Bootstrap data that was checked from the first byte to the last. It may be used by several
// threads at once.
typedef struct simstrap_data simstrap_data;

// The keys of a card's secure channel (SCP03), and how to use them.
typedef struct simstrap_keys simstrap_keys;

// What the device wants of bootstrap data. A new one applies everything that is consistent.
typedef struct simstrap_policy simstrap_policy;

// What a card holds.
typedef struct simstrap_reading simstrap_reading;

// What the device holds, filled in by the stack, in the callback it is given to: afterwards, as long
// as the client lives, it answers `SIMSTRAP_STATUS_CLOSED`. One that `simstrap_assess` gives is gone
// then.
typedef struct simstrap_view simstrap_view;

// An account that may be used, and what the policy proposes. It lives as long as the callback it
// is shown to.
typedef struct simstrap_proposal {
    // Short server id; 0 is the bootstrap server.
    uint16_t server;
    // Server URI, not NUL-terminated. `NULL` where there is none.
    const char *uri;
    // Length of `uri`.
    size_t uri_length;
    // Security mode, 0 PSK to 4 EST; -1 where there is none.
    int8_t security_mode;
    // Lifetime of the registration in seconds; 0 for a bootstrap server.
    uint32_t lifetime;
    // What the policy proposes: to apply it, or to ignore it.
    simstrap_decision decision;
    // Why it does, NUL-terminated text.
    char reason[96];
} simstrap_proposal;

// Decides about an account. Returns `SIMSTRAP_DECISION_APPLY`, `..._IGNORE` or `..._REFUSE`; any
// other number counts as `..._REFUSE`.
typedef int32_t (*simstrap_choose)(void *context, const struct simstrap_proposal *proposal);

// A device's own choice between accounts, where a policy does not suffice. All zero is whatever the
// policy proposes. The caller owns it; functions copy it.
//
// It is asked once for every account that is in order and meets the demands of the policy, the
// bootstrap server first, then the servers in the order of the data; what is refused stays so. A
// client asks at every start, and when the data has changed.
typedef struct simstrap_choice {
    // Handed to `choose`, otherwise left alone.
    void *context;
    // `NULL` for whatever the policy proposes.
    simstrap_choose choose;
} simstrap_choice;

// Under which circumstances data is judged: what a client knows by itself. All zero is data that was
// read in the clear, for a device that holds nothing and leaves the choice to the policy. The caller
// owns it and what it points to; functions copy what they keep.
typedef struct simstrap_circumstances {
    // Security level the data was read at, `simstrap_reading_info.level`; 0 for in the clear.
    uint8_t level;
    // The keys of the secure channel, which must not be those of a server (`BS-04`): the data is
    // searched for them. `NULL` leaves that out; a client that reads through a secure channel
    // always does it.
    const struct simstrap_keys *keys;
    // Handed to `view`, otherwise left alone.
    void *context;
    // Shows what the device holds now, as `simstrap_host.view` does, so that the precedence of the
    // factory, of bootstrap servers and of servers counts. It is called once, before anything is
    // judged, and the view lives as long as it runs. `NULL` for a device that holds nothing: the card
    // yields to nobody then.
    void (*view)(void *context, struct simstrap_view *view);
    // Which accounts to use; all zero for whatever the policy proposes.
    struct simstrap_choice choice;
} simstrap_circumstances;

// What went wrong, in words. The caller owns it; every function that takes one takes `NULL`, too.
typedef struct simstrap_error {
    // The status the function returned.
    simstrap_status status;
    // What was being done and why it failed, from the outermost cause to the innermost,
    // NUL-terminated UTF-8; cut where it does not fit. Never a secret.
    char message[256];
    // What can be done about it; may be empty.
    char help[128];
} simstrap_error;

// An account: what it takes to talk to one server.
typedef struct simstrap_account {
    // Whether it is the account of a bootstrap server.
    bool is_bootstrap_server;
    // Short server id; 0 for a bootstrap server, and where there is none.
    uint16_t short_server_id;
    // Instance of object 0.
    uint16_t security_instance;
    // Whether there is an instance of object 1.
    bool has_server_instance;
    // Instance of object 1.
    uint16_t server_instance;
    // Server URI, not NUL-terminated; it lives as long as the assessment. `NULL` where there is
    // none.
    const char *uri;
    // Length of `uri`.
    size_t uri_length;
    // Security mode, 0 PSK to 4 EST; -1 where there is none.
    int8_t security_mode;
    // Lifetime of the registration in seconds; 0 where there is none.
    uint32_t lifetime;
    // What becomes of it.
    simstrap_decision decision;
    // Why, NUL-terminated text.
    char reason[96];
} simstrap_account;

// Something wrong or odd with bootstrap data.
typedef struct simstrap_finding {
    // Whether the data cannot be used as it is; otherwise it is worth knowing only.
    bool is_error;
    // The rule it touches, such as `CS-02`, NUL-terminated.
    char rule[8];
    // Where, such as `/0/1/10`, NUL-terminated.
    char path[24];
    // What, NUL-terminated.
    char message[160];
} simstrap_finding;

// Sends a command APDU to the card and waits for the response APDU, data and status word.
//
// `command`, `command_length`: what to send; it may hold a PIN, so do not keep or log it.
// `response`, `capacity`: where the response goes; `response_length`: receives its length. A
// response longer than `capacity` is `SIMSTRAP_TRANSMISSION_FAILED`, never cut.
//
// Returns one of `simstrap_transmission`; any other number counts as `..._FAILED`.
typedef int32_t (*simstrap_transmit)(void *context,
                                     const uint8_t *command,
                                     size_t command_length,
                                     uint8_t *response,
                                     size_t capacity,
                                     size_t *response_length);

// A way to a card. The caller owns it; functions copy it, and call it during the call they were
// given it in, a client until it is freed.
typedef struct simstrap_card {
    // Handed to `transmit`, otherwise left alone.
    void *context;
    // Has to be given.
    simstrap_transmit transmit;
    // The most data bytes a response can carry over this way, 1 to 256; 0 is 256.
    size_t max_response_data;
    // The most data bytes a command can carry over this way, 1 to 255; 0 is 255.
    size_t max_command_data;
} simstrap_card;

// Fills `buffer` with `length` unpredictable bytes; returns 0, or anything else when there are
// none.
typedef int32_t (*simstrap_random)(void *context, uint8_t *buffer, size_t length);

// How to read a card. All zero is in the clear and without a PIN. The caller owns it and what it
// points to; functions copy what they keep.
typedef struct simstrap_access {
    // The keys of a secure channel; `NULL` reads in the clear.
    const struct simstrap_keys *keys;
    // The PIN, four to eight digits, NUL-terminated; `NULL` for none. It is sent only to a card
    // that asks for it, and once.
    const char *pin;
    // Whether the PIN may be tried when that is its last try.
    bool allow_last_try;
    // Random bytes for the challenge of the secure channel; `NULL` takes those of the operating
    // system, where there is one.
    simstrap_random random;
    // Handed to `random`, otherwise left alone.
    void *random_context;
} simstrap_access;

// Where the record is kept: a few hundred bytes that survive a power cut. After a save that was
// cut short at any point, a load gives what was saved before, or the new, never a mixture.
typedef struct simstrap_store {
    // Handed to the callbacks, otherwise left alone.
    void *context;
    // Tells in `length` how many bytes are stored, 0 for none, and copies them to `buffer` when
    // `capacity` suffices. It is called with capacity 0 first. Returns 0, or anything else when
    // the store cannot be read. Has to be given.
    int32_t (*load)(void *context, uint8_t *buffer, size_t capacity, size_t *length);
    // Stores bytes in place of those of before, and returns 0 once they are safe; anything else
    // when they are not. Has to be given.
    int32_t (*save)(void *context, const uint8_t *bytes, size_t length);
} simstrap_store;

// One thing to do. It can be done again without harm; what it is about may be gone already,
// which is no failure. It lives as long as the callback it is shown to.
typedef struct simstrap_step {
    // What to do. A number that is not known is not to be carried out: return a failure.
    simstrap_step_kind kind;
    // Short server id; 0 is the bootstrap server.
    uint16_t server;
    // Object id.
    uint16_t object;
    // Object instance id.
    uint16_t instance;
    // Resources as LwM2M TLV: what a Bootstrap Write carries. It may hold keys: wipe what is not
    // kept. `NULL` for steps that write nothing.
    const uint8_t *bytes;
    // Number of `bytes`.
    size_t length;
} simstrap_step;

// Something worth knowing. It lives as long as the callback it is shown to.
typedef struct simstrap_notice {
    // What it is about.
    simstrap_notice_kind kind;
    // Which operation, where it is about one.
    simstrap_operation operation;
    // Short server id; 0 is the bootstrap server.
    uint16_t server;
    // What becomes of the account, where it is about one.
    simstrap_decision decision;
    // Which attempt, from 1, where it is about one.
    uint8_t attempt;
    // In words, NUL-terminated; never a secret.
    const char *text;
} simstrap_notice;

// An LwM2M stack. All callbacks get `context` first and run in the thread that called into the
// library; none may free or close the client, or jump out of it with `longjmp` or an exception.
// From within a callback, events can be handed in; they are dealt with afterwards, at most 1024 before
// the function that called back returns: `SIMSTRAP_STATUS_UNFINISHED`.
typedef struct simstrap_host {
    // Handed to the callbacks, otherwise left alone.
    void *context;
    // Shows what the device holds now, by calling the functions of `simstrap_view`. Has to be
    // given.
    void (*view)(void *context, struct simstrap_view *view);
    // Carries out a step of a plan; returns 0, or anything else when it could not. Has to be
    // given.
    int32_t (*carry_out)(void *context, const struct simstrap_step *step);
    // Does an operation with a server now: the card was checked. Returns one of
    // `simstrap_performance`; any other number counts as failed. Has to be given.
    int32_t (*perform)(void *context, simstrap_operation operation, uint16_t server);
    // Has `simstrap_client_timer` called with `timer` after so many seconds. Timers need not
    // survive a restart, nor be stopped. Has to be given.
    void (*start_timer)(void *context, uint32_t timer, uint32_t seconds);
    // Puts factory bootstrap information in place, if there is some; returns whether there is.
    // `NULL` where there never is.
    bool (*apply_factory_data)(void *context);
    // Removes the bootstrap-server account, whose timeout is over; returns 0, or anything else
    // when it could not. `NULL` where that cannot be done.
    int32_t (*purge_bootstrap_server)(void *context);
    // Is told what is worth knowing. `NULL` for nothing.
    void (*notice)(void *context, const struct simstrap_notice *notice);
} simstrap_host;

// What a client is made of. The caller owns it and what it points to; all of it is copied, and
// the callbacks are called until the client is closed or freed.
typedef struct simstrap_client_config {
    // `NULL` applies everything that is consistent.
    const struct simstrap_policy *policy;
    // The way to the card.
    struct simstrap_card card;
    // How to read it.
    struct simstrap_access access;
    // Where the record is kept.
    struct simstrap_store store;
    // The LwM2M stack.
    struct simstrap_host host;
    // Which accounts to use; all zero for whatever the policy proposes.
    struct simstrap_choice choice;
} simstrap_client_config;

// An object instance of bootstrap data.
typedef struct simstrap_instance {
    // Object id.
    uint16_t object;
    // Object instance id.
    uint16_t instance;
    // Whether the data gives a version of the object.
    bool has_version;
    // Major number of the version.
    uint8_t version_major;
    // Minor number of the version.
    uint8_t version_minor;
    // Its resources as LwM2M TLV: what a Bootstrap Write of the instance carries. They live as
    // long as the handle they came from.
    const uint8_t *bytes;
    // Number of `bytes`.
    size_t length;
} simstrap_instance;

// Is shown an object instance; returns 0 to go on, anything else to stop.
typedef int32_t (*simstrap_instance_visitor)(void *context, const struct simstrap_instance *instance);

// A resource, or one instance of a multiple resource, with its value.
typedef struct simstrap_resource {
    // Object id.
    uint16_t object;
    // Object instance id.
    uint16_t instance;
    // Resource id.
    uint16_t resource;
    // Resource instance id of a multiple resource, else 0.
    uint16_t resource_instance;
    // Whether it is an instance of a multiple resource.
    bool is_multiple;
    // Whether it must not be shown: a key, a password, a PIN.
    bool is_secret;
    // Which of the fields below holds the value; `bytes` always does.
    simstrap_type value_type;
    // The value as it stands in the data. It lives as long as the handle it came from.
    const uint8_t *bytes;
    // Number of `bytes`.
    size_t length;
    // The value of an integer or a time.
    int64_t integer;
    // The value of an unsigned integer; of an integer, too, that is not negative.
    uint64_t unsigned_integer;
    // The value of a floating-point number.
    double real;
    // The value of a boolean.
    bool boolean;
    // Object of a link.
    uint16_t link_object;
    // Object instance of a link.
    uint16_t link_instance;
} simstrap_resource;

// Is shown a resource, or an instance of a multiple resource; returns 0 to go on, anything else
// to stop.
typedef int32_t (*simstrap_resource_visitor)(void *context, const struct simstrap_resource *resource);

// What a server may do with an object instance.
typedef struct simstrap_access_entry {
    // Short server id; 0 is every server without an entry of its own.
    uint16_t server;
    // Bits: 1 Read, 2 Write, 4 Execute, 8 Delete, 16 Create.
    uint8_t rights;
} simstrap_access_entry;

// What is lived with and who wins; `false` is the default of each.
typedef struct simstrap_stance {
    // Warnings refuse the whole.
    bool refuse_warnings;
    // A bootstrap server and a server with the same secret key refuse the whole.
    bool refuse_shared_secret;
    // A key of the card's secure channel among the keys of servers is lived with.
    bool accept_scp03_keys;
    // Factory bootstrap wins against the card.
    bool factory_wins;
    // The card wins against what a bootstrap server or a server has written.
    bool card_wins_over_server;
    // Data that replaces data in use is not used; the previous is disabled all the same.
    bool ignore_changed_data;
    // Register and Update go ahead while the card cannot be read.
    bool let_through;
} simstrap_stance;

// Which accounts a rule is about, those that meet all that is set, and what to do with them. The
// caller owns it; it is copied.
typedef struct simstrap_rule {
    // What it is called in reasons, 1 to 32 bytes, NUL-terminated; `NULL` for no name.
    const char *name;
    // The server URI, with `*` for any number of characters, NUL-terminated; `NULL` for any.
    const char *uri;
    // The first short server id, 1 to 65534; 0 for any.
    uint16_t first_server;
    // The last short server id, not below the first; 0 with `first_server` 0.
    uint16_t last_server;
    // A bit for every security mode, 1 << 0 for PSK to 1 << 4 for EST; 0 for any.
    uint8_t security_modes;
    // 1 for bootstrap servers only, 0 for servers only, -1 for any.
    int8_t bootstrap_server;
    // Whether to use these accounts, or not.
    bool apply;
} simstrap_rule;

// What is known of a card that was read.
typedef struct simstrap_reading_info {
    // Identity of the card: its serial number (ICCID), NUL-terminated digits.
    char iccid[21];
    // Identity of the data: SHA-256 of the bytes in use.
    uint8_t sha256[32];
    // The file, as hexadecimal digits, NUL-terminated.
    char file[40];
    // Size of the file; 0 when the card does not tell.
    size_t file_size;
    // Bytes in use.
    size_t used;
    // Security level of the secure channel; 0 when it was read in the clear.
    uint8_t level;
    // How many things the card did that the standards would not have it do.
    size_t quirks;
} simstrap_reading_info;

// What a record says of an account.
typedef struct simstrap_recorded_account {
    // Short server id; 0 is the bootstrap server.
    uint16_t server;
    // What became of it.
    simstrap_decision decision;
    // Whether it may be used: it is applied, and no transaction under way changes it.
    bool is_usable;
    // Instance of object 0.
    uint16_t security_instance;
    // Whether there is an instance of object 1.
    bool has_server_instance;
    // Instance of object 1.
    uint16_t server_instance;
    // Why, NUL-terminated text.
    char reason[96];
} simstrap_recorded_account;

// Is shown an account; returns 0 to go on, anything else to stop.
typedef int32_t (*simstrap_recorded_visitor)(void *context,
                                             const struct simstrap_recorded_account *account);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Judges bootstrap data, as a client would that reads it now.
//
// `policy`: `NULL` applies everything that is consistent. `circumstances`: what a policy has to know
// besides the data; `NULL` for all zero.
// `assessment`: receives the handle, which the caller frees with `simstrap_assessment_free`; it
// does not need what it was made of any more.
//
// # Safety
// `policy` is `NULL` or a live handle, `data` is a live handle; `circumstances` is `NULL` or points
// to one whose members are valid and whose callbacks keep to their contracts; `assessment` points to a
// pointer; `error` is `NULL` or points to an error.
simstrap_status simstrap_assess(const struct simstrap_policy *policy,
                                const struct simstrap_data *data,
                                const struct simstrap_circumstances *circumstances,
                                struct simstrap_assessment **assessment,
                                struct simstrap_error *error);

// Frees an assessment and sets the pointer to `NULL`.
//
// # Safety
// `assessment` is `NULL` or points to a handle of `simstrap_assess` or to `NULL`.
void simstrap_assessment_free(struct simstrap_assessment **assessment);

// An account, counted from 0: the bootstrap server first, then the servers in the order of the
// data. `SIMSTRAP_STATUS_NOT_FOUND` after the last.
//
// # Safety
// `assessment` is a live handle, `account` points to what is to be overwritten.
simstrap_status simstrap_assessment_account(const struct simstrap_assessment *assessment,
                                            size_t index,
                                            struct simstrap_account *account);

// Something wrong or odd, counted from 0. `SIMSTRAP_STATUS_NOT_FOUND` after the last.
//
// # Safety
// `assessment` is a live handle, `finding` points to what is to be overwritten.
simstrap_status simstrap_assessment_finding(const struct simstrap_assessment *assessment,
                                            size_t index,
                                            struct simstrap_finding *finding);

// For a library without an operating system (feature `bare-metal`) the device defines this:
// gives `size` bytes aligned to `alignment`, a power of two, or `NULL`.
extern void *simstrap_allocate(size_t size, size_t alignment);

// For a library without an operating system (feature `bare-metal`) the device defines this:
// takes back what `simstrap_allocate` gave, with the same numbers. It was wiped.
extern void simstrap_release(void *memory, size_t size, size_t alignment);

// For a library without an operating system (feature `bare-metal`) the device defines this:
// never returns. There is no memory, or the library has a defect. What is in use was not
// wiped then and may hold keys and PIN: wipe the memory that `simstrap_allocate` gives from,
// and the stack, where they are not cleared by a reset.
extern void simstrap_abort(void);

// Makes a client. Nothing is called before `simstrap_client_start`.
//
// `client`: receives the handle, which the caller frees with `simstrap_client_free`.
//
// # Safety
// `config` points to a configuration whose members are valid and whose callbacks keep to their
// contracts as long as the client lives; `client` points to a pointer; `error` is `NULL` or points
// to an error.
simstrap_status simstrap_client_new(const struct simstrap_client_config *config,
                                    struct simstrap_client **client,
                                    struct simstrap_error *error);

// Starts the client: loads the record, reads the card, and does what follows. A client that was
// started does not start again; after `SIMSTRAP_STATUS_UNFINISHED` it goes on with the events that
// wait.
//
// # Safety
// `client` is a live handle that no other thread uses meanwhile; `error` is `NULL` or points to an
// error.
simstrap_status simstrap_client_start(const struct simstrap_client *client,
                                      struct simstrap_error *error);

// Says that an operation is due. The client looks at the card first where the server came from
// it; then it calls `perform`, or tells by a notice that the operation waits or will not be done.
//
// `operation`: one of `simstrap_operation`. `server`: short server id; 0 for a bootstrap.
//
// # Safety
// `client` is a live handle that no other thread uses meanwhile.
simstrap_status simstrap_client_due(const struct simstrap_client *client,
                                    int32_t operation,
                                    uint16_t server);

// Says how the operation that `perform` called under way has ended.
//
// `SIMSTRAP_STATUS_NOT_FOUND` when another or none is under way.
//
// # Safety
// `client` is a live handle that no other thread uses meanwhile.
simstrap_status simstrap_client_performed(const struct simstrap_client *client,
                                          int32_t operation,
                                          uint16_t server,
                                          bool success);

// Says that the card or its data may have changed: a REFRESH, or any other hint of the modem.
//
// # Safety
// `client` is a live handle that no other thread uses meanwhile.
simstrap_status simstrap_client_refresh(const struct simstrap_client *client);

// Says that a server asks to bootstrap the device; the answer comes as a notice.
//
// # Safety
// `client` is a live handle that no other thread uses meanwhile.
simstrap_status simstrap_client_bootstrap_requested(const struct simstrap_client *client);

// Says that a bootstrap which a server initiated has ended.
//
// # Safety
// `client` is a live handle that no other thread uses meanwhile.
simstrap_status simstrap_client_bootstrapped(const struct simstrap_client *client, bool success);

// Says that the time of a timer is over.
//
// # Safety
// `client` is a live handle that no other thread uses meanwhile.
simstrap_status simstrap_client_timer(const struct simstrap_client *client, uint32_t timer);

// Ends a client: what is open on the card is closed, keys and PIN are wiped, no callback is called
// any more, and every later event is refused with `SIMSTRAP_STATUS_CLOSED`. What is under way counts
// as failed at the next start.
//
// `SIMSTRAP_STATUS_BUSY` from within a callback: nothing is closed then.
//
// # Safety
// `client` is a live handle that no other thread uses meanwhile.
simstrap_status simstrap_client_close(const struct simstrap_client *client);

// Closes and frees a client, and sets the pointer to `NULL`. It is freed also when closing ends in
// `SIMSTRAP_STATUS_PANIC`.
//
// `SIMSTRAP_STATUS_BUSY` from within a callback: nothing is freed then.
//
// # Safety
// `client` is `NULL` or points to a handle of `simstrap_client_new` or to `NULL`, which no other
// thread uses meanwhile.
simstrap_status simstrap_client_free(struct simstrap_client **client);

// Checks the bytes of EF LwM2M_Bootstrap, strictly, and copies those that are in use. There can be
// 32768.
//
// `data`: receives the handle, which the caller frees with `simstrap_data_free`.
//
// # Safety
// `bytes` points to `length` bytes; `data` to a pointer; `error` is `NULL` or points to an error.
simstrap_status simstrap_data_decode(const uint8_t *bytes,
                                     size_t length,
                                     struct simstrap_data **data,
                                     struct simstrap_error *error);

// Wipes and frees bootstrap data, and sets the pointer to `NULL`. What was borrowed from it is
// gone with it; a visitor that frees it is shown the rest all the same. Data that belongs to a
// reading is freed with that: here, only the pointer is set.
//
// # Safety
// `data` is `NULL` or points to a handle of `simstrap_data_decode` or to `NULL`.
void simstrap_data_free(struct simstrap_data **data);

// The bytes in use: header and objects, without padding. They live as long as `data`.
//
// `length`: receives their number. Returns `NULL` when a pointer is `NULL`.
//
// # Safety
// `data` is `NULL` or a live handle, `length` is `NULL` or points to a number.
const uint8_t *simstrap_data_bytes(const struct simstrap_data *data, size_t *length);

// The identity of data: SHA-256 of its bytes in use, into `sha256`, which has room for 32 bytes.
//
// # Safety
// `data` is a live handle, `sha256` points to 32 bytes.
simstrap_status simstrap_data_digest(const struct simstrap_data *data, uint8_t *sha256);

// Shows every object instance to `visitor`, in the order of the data, until it returns something
// else than 0.
//
// # Safety
// `data` is a live handle; `visitor` keeps to its contract.
simstrap_status simstrap_data_each_instance(const struct simstrap_data *data,
                                            simstrap_instance_visitor visitor,
                                            void *context);

// Shows every resource of an object instance to `visitor`, in the order of the data, a multiple
// resource instance by instance, until it returns something else than 0.
//
// # Safety
// `data` is a live handle; `visitor` keeps to its contract.
simstrap_status simstrap_data_each_resource(const struct simstrap_data *data,
                                            uint16_t object,
                                            uint16_t instance,
                                            simstrap_resource_visitor visitor,
                                            void *context);

// Finds a resource. `resource_instance` counts only for a multiple resource.
//
// # Safety
// `data` is a live handle, `found` points to a resource to be overwritten.
simstrap_status simstrap_data_find(const struct simstrap_data *data,
                                   uint16_t object,
                                   uint16_t instance,
                                   uint16_t resource,
                                   uint16_t resource_instance,
                                   struct simstrap_resource *found);

// Shows every resource in the TLV of an object instance, such as a step to write one carries it,
// to `visitor`, until it returns something else than 0.
//
// `SIMSTRAP_STATUS_MALFORMED_DATA` when the bytes are no LwM2M TLV; what came before was shown
// then, and `error` says at which byte it ended. Bytes from this library are in order. There can be
// 32768.
//
// # Safety
// `bytes` points to `length` bytes; `visitor` keeps to its contract; `error` is `NULL` or points to
// an error.
simstrap_status simstrap_tlv_each_resource(uint16_t object,
                                           uint16_t instance,
                                           const uint8_t *bytes,
                                           size_t length,
                                           simstrap_resource_visitor visitor,
                                           void *context,
                                           struct simstrap_error *error);

// A short text for a status.
//
// Returns NUL-terminated text of the library, never `NULL`, also for numbers that are no status.
const char *simstrap_status_text(int32_t status);

// Shows an instance of Security (0) or Server (1) with the account it belongs to. All of them have
// to be shown: an account none of whose instances is shown is not used.
//
// `server`: short server id; 0 for the Security instance of the bootstrap server. `source`: one of
// `simstrap_source`.
//
// # Safety
// `view` is what the callback was given.
simstrap_status simstrap_view_account(struct simstrap_view *view,
                                      uint16_t object,
                                      uint16_t instance,
                                      uint16_t server,
                                      int32_t source);

// Shows an instance of another object: one that came from the card, or that what comes from the
// card could meet. Others may be left out.
//
// # Safety
// `view` is what the callback was given.
simstrap_status simstrap_view_instance(struct simstrap_view *view,
                                       uint16_t object,
                                       uint16_t instance,
                                       int32_t source);

// Shows an Access Control instance (object 2). A device without that object has none.
//
// `object`, `target`: resources 0 and 1, what it is about. `owner`: resource 3. `entries`: resource
// 2, `count` of them; copied.
//
// # Safety
// `view` is what the callback was given, `entries` points to `count` entries.
simstrap_status simstrap_view_access_control(struct simstrap_view *view,
                                             uint16_t instance,
                                             uint16_t object,
                                             uint16_t target,
                                             uint16_t owner,
                                             const struct simstrap_access_entry *entries,
                                             size_t count);

// Shows the times of the bootstrap-server account, in seconds: resources 11 and 12 of its Security
// instance, 0 where it has none. Without a call, both are 0.
//
// # Safety
// `view` is what the callback was given.
simstrap_status simstrap_view_bootstrap_times(struct simstrap_view *view,
                                              uint32_t hold_off,
                                              uint32_t account_timeout);

// Makes keys for a secure channel: the card's first key set, everything protected (level `0x33`),
// 8-byte challenges before 16-byte ones.
//
// `enc`, `mac`, `dek`: the three keys, each of `length` bytes: 16, 24 or 32. They are copied;
// wiping the originals is the caller's.
// `keys`: receives the handle, which the caller frees with `simstrap_keys_free`.
//
// # Safety
// The keys point to `length` bytes each, `keys` to a pointer; `error` is `NULL` or points to an
// error.
simstrap_status simstrap_keys_new(const uint8_t *enc,
                                  const uint8_t *mac,
                                  const uint8_t *dek,
                                  size_t length,
                                  struct simstrap_keys **keys,
                                  struct simstrap_error *error);

// Wipes and frees keys, and sets the pointer to `NULL`. Readings and clients made with them go
// on.
//
// # Safety
// `keys` is `NULL` or points to a handle of `simstrap_keys_new` or to `NULL`.
void simstrap_keys_free(struct simstrap_keys **keys);

// Sets which key set of the card they are; 0 is its first.
//
// # Safety
// `keys` is a live handle that nobody else uses meanwhile.
simstrap_status simstrap_keys_set_version(struct simstrap_keys *keys, uint8_t version);

// Sets the security level: `0x01`, `0x03`, `0x11`, `0x13` or `0x33`. A card that offers less is
// refused.
//
// # Safety
// `keys` is a live handle that nobody else uses meanwhile.
simstrap_status simstrap_keys_set_level(struct simstrap_keys *keys, uint8_t level);

// Sets the length of challenges and MACs in bytes: 8 or 16, or 0 for whatever the card takes.
//
// # Safety
// `keys` is a live handle that nobody else uses meanwhile.
simstrap_status simstrap_keys_set_mode(struct simstrap_keys *keys, uint8_t length);

// Gets along with cards that do not keep to the specification.
//
// `counts_only_data`: the card counts only commands that carry data.
// `status_replaced`: the card protects `90 00` and then answers `91 xx`.
//
// # Safety
// `keys` is a live handle that nobody else uses meanwhile.
simstrap_status simstrap_keys_set_quirks(struct simstrap_keys *keys,
                                         bool counts_only_data,
                                         bool status_replaced);

// Makes a policy that applies everything that is consistent.
//
// `policy`: receives the handle, which the caller frees with `simstrap_policy_free`.
//
// # Safety
// `policy` points to a pointer.
simstrap_status simstrap_policy_new(struct simstrap_policy **policy);

// Makes a policy from TOML, at most 65536 bytes of it. A library without the standard library answers
// `SIMSTRAP_STATUS_UNSUPPORTED`: use the setters there.
//
// `policy`: receives the handle, which the caller frees with `simstrap_policy_free`.
//
// # Safety
// `toml` points to `length` bytes, `policy` to a pointer; `error` is `NULL` or points to an error.
simstrap_status simstrap_policy_from_toml(const char *toml,
                                          size_t length,
                                          struct simstrap_policy **policy,
                                          struct simstrap_error *error);

// Frees a policy and sets the pointer to `NULL`. Clients made with it go on.
//
// # Safety
// `policy` is `NULL` or points to a handle of this library or to `NULL`.
void simstrap_policy_free(struct simstrap_policy **policy);

// Sets what to do with accounts no rule matches.
//
// # Safety
// `policy` is a live handle that nobody else uses meanwhile.
simstrap_status simstrap_policy_set_default(struct simstrap_policy *policy, bool apply);

// Sets the weakest security mode that is used, by its number in the Security object: 0 PSK, 1 RPK,
// 2 certificate, 3 NoSec, 4 EST. NoSec is the weakest.
//
// # Safety
// `policy` is a live handle that nobody else uses meanwhile.
simstrap_status simstrap_policy_set_minimum_security_mode(struct simstrap_policy *policy,
                                                          uint8_t mode);

// Sets what has to protect the data on its way from the card: a security level of SCP03, or 0 for
// nothing.
//
// # Safety
// `policy` is a live handle that nobody else uses meanwhile.
simstrap_status simstrap_policy_set_secure_channel(struct simstrap_policy *policy, uint8_t level);

// Sets which objects the device supports; 0 and 1 always are.
//
// `objects`: their ids, `count` of them; copied. `others`: one of `simstrap_unsupported`.
//
// # Safety
// `policy` is a live handle that nobody else uses meanwhile, `objects` points to `count` numbers.
simstrap_status simstrap_policy_set_objects(struct simstrap_policy *policy,
                                            const uint16_t *objects,
                                            size_t count,
                                            int32_t others);

// Sets what is lived with and who wins.
//
// # Safety
// `policy` is a live handle that nobody else uses meanwhile, `stance` points to a stance.
simstrap_status simstrap_policy_set_stance(struct simstrap_policy *policy,
                                           const struct simstrap_stance *stance);

// Adds a rule after those that are there; the first that matches an account decides. There can be
// 64.
//
// # Safety
// `policy` is a live handle that nobody else uses meanwhile, `rule` points to a rule whose texts
// are `NULL` or NUL-terminated; `error` is `NULL` or points to an error.
simstrap_status simstrap_policy_add_rule(struct simstrap_policy *policy,
                                         const struct simstrap_rule *rule,
                                         struct simstrap_error *error);

// Reads a card: opens a logical channel, finds the bootstrap file, through a secure channel where
// `access` has keys, reads it, closes the channel. Blocks as long as the callback does.
//
// `reading`: receives the handle, which the caller frees with `simstrap_reading_free`. A card that
// was read and whose data is malformed is `SIMSTRAP_STATUS_OK`: ask `simstrap_reading_data`.
//
// # Safety
// `card` points to a card whose callback keeps to its contract; `access` is `NULL`, for all zero,
// or points to one whose members are valid; `reading` points to a pointer; `error` is `NULL` or
// points to an error.
simstrap_status simstrap_read(const struct simstrap_card *card,
                              const struct simstrap_access *access,
                              struct simstrap_reading **reading,
                              struct simstrap_error *error);

// Wipes and frees a reading with its data, and sets the pointer to `NULL`.
//
// # Safety
// `reading` is `NULL` or points to a handle of `simstrap_read` or to `NULL`.
void simstrap_reading_free(struct simstrap_reading **reading);

// What is known of the card.
//
// # Safety
// `reading` is a live handle, `info` points to what is to be overwritten.
simstrap_status simstrap_reading_describe(const struct simstrap_reading *reading,
                                          struct simstrap_reading_info *info);

// The data of the card, borrowed: it lives as long as `reading` and is not freed by the caller.
//
// Returns `NULL` when the bytes in use are no bootstrap data; `error` says what is wrong then.
//
// # Safety
// `reading` is `NULL` or a live handle; `error` is `NULL` or points to an error.
const struct simstrap_data *simstrap_reading_data(const struct simstrap_reading *reading,
                                                  struct simstrap_error *error);

// Shows every account of a record, as the store keeps it, to `visitor`. A record has at most 16384
// bytes.
//
// # Safety
// `bytes` points to `length` bytes; `visitor` keeps to its contract; `error` is `NULL` or points to
// an error.
simstrap_status simstrap_record_each_account(const uint8_t *bytes,
                                             size_t length,
                                             simstrap_recorded_visitor visitor,
                                             void *context,
                                             struct simstrap_error *error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SIMSTRAP_H */
