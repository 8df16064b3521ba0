/* SPDX-License-Identifier: Apache-2.0 */
/* Uses the library wrongly in every way that can be noticed. */

#include <stdio.h>
#include <string.h>

#include "wrong_use.h"

static int32_t stop(void *context, const simstrap_resource *resource)
{
    (void)resource;
    ++*(int *)context;
    return 1;
}

static int32_t go_on(void *context, const simstrap_resource *resource)
{
    (void)resource;
    ++*(int *)context;
    return 0;
}

/* The place of what is wrong, and that what came before was shown. */
static void malformed_at(const char *place, const void *bytes, size_t length, int before)
{
    simstrap_error error;
    int seen = 0;
    EXPECT(MALFORMED, simstrap_tlv_each_resource(0, 7, (const uint8_t *)bytes, length, go_on,
                                                 &seen, NULL));
    EXPECT(before, seen);
    EXPECT(MALFORMED, simstrap_tlv_each_resource(0, 7, (const uint8_t *)bytes, length, go_on,
                                                 &seen, &error));
    EXPECT(MALFORMED, error.status);
    if (strncmp(error.message, place, strlen(place)) != 0) {
        fprintf(stderr, "%s: %s\n", place, error.message);
        failures++;
    }
}

static void malformed_tlv(void)
{
    malformed_at("byte 0 (/0/7): ", "\xc8", 1, 0);
    malformed_at("byte 3 (/0/7): ", "\xc1\x02\x00\xc5\x05", 5, 1);
    /* An object instance where a resource must stand. */
    malformed_at("byte 3 (/0/7): ", "\xc1\x02\x00\x01\x05\x00", 6, 1);
    /* In a multiple resource: no instance of it, and one that runs past the end. */
    malformed_at("byte 5 (/0/7/16): ", "\xc1\x02\x00\x83\x10\xc1\x05\x00", 8, 1);
    malformed_at("byte 8 (/0/7/16): ", "\xc1\x02\x00\x85\x10\x41\x00\x09\x42\x01", 10, 2);
}

/* Is not called where an argument is wrong. */
static void no_view(void *context, simstrap_view *shown)
{
    (void)context;
    (void)shown;
    EXPECT(0, 1);
}

static void data(void)
{
    simstrap_data *decoded = NULL;
    simstrap_data *none = NULL;
    simstrap_assessment *assessment = NULL;
    simstrap_circumstances circumstances;
    simstrap_resource resource;
    simstrap_account account;
    simstrap_finding finding;
    simstrap_error error;
    uint8_t sha256[32];
    size_t length = 0;
    int seen = 0;
    EXPECT(NULL_POINTER, simstrap_data_decode(NULL, 4, &decoded, &error));
    EXPECT(NULL_POINTER, error.status);
    EXPECT(NULL_POINTER, simstrap_data_decode(sample, sizeof sample, NULL, &error));
    EXPECT(MALFORMED, simstrap_data_decode(sample, 3, &decoded, NULL));
    EXPECT(MALFORMED, simstrap_data_decode(sample, sizeof sample - 1, &decoded, &error));
    EXPECT(0, strstr(error.message, "byte") == NULL);
    EXPECT(1, decoded == NULL);
    EXPECT(OK, simstrap_data_decode(sample, sizeof sample, &decoded, NULL));
    EXPECT(1, simstrap_data_bytes(NULL, &length) == NULL);
    EXPECT(1, simstrap_data_bytes(decoded, NULL) == NULL);
    EXPECT(1, simstrap_data_bytes(decoded, &length) != NULL && length == sizeof sample);
    EXPECT(NULL_POINTER, simstrap_data_find(NULL, 0, 1, 0, 0, &resource));
    EXPECT(NULL_POINTER, simstrap_data_find(decoded, 0, 1, 0, 0, NULL));
    EXPECT(NOT_FOUND, simstrap_data_find(decoded, 3, 0, 0, 0, &resource));
    EXPECT(NOT_FOUND, simstrap_data_find(decoded, 0, 0, 0, 0, &resource));
    EXPECT(NOT_FOUND, simstrap_data_find(decoded, 0, 1, 99, 0, &resource));
    EXPECT(OK, simstrap_data_find(decoded, 0, 1, 5, 0, &resource));
    EXPECT(1, resource.is_secret && resource.length == 1 && resource.bytes[0] == 'k');
    EXPECT(NULL_POINTER, simstrap_data_each_instance(decoded, NULL, NULL));
    EXPECT(NULL_POINTER, simstrap_data_each_resource(decoded, 0, 1, NULL, NULL));
    EXPECT(OK, simstrap_data_each_resource(decoded, 0, 1, stop, &seen));
    EXPECT(1, seen);
    EXPECT(OK, simstrap_data_each_resource(decoded, 0, 1, go_on, &seen));
    EXPECT(7, seen);
    EXPECT(NULL_POINTER, simstrap_tlv_each_resource(0, 0, NULL, 1, stop, &seen, &error));
    EXPECT(NULL_POINTER, error.status);
    malformed_tlv();
    EXPECT(NULL_POINTER, simstrap_data_digest(decoded, NULL));
    EXPECT(NULL_POINTER, simstrap_data_digest(NULL, sha256));
    EXPECT(OK, simstrap_data_digest(decoded, sha256));
    EXPECT(NULL_POINTER, simstrap_assess(NULL, NULL, NULL, &assessment, &error));
    memset(&circumstances, 0, sizeof circumstances);
    circumstances.view = no_view;
    EXPECT(NULL_POINTER, simstrap_assess(NULL, decoded, &circumstances, NULL, &error));
    circumstances.level = 0x22;
    EXPECT(INVALID, simstrap_assess(NULL, decoded, &circumstances, &assessment, &error));
    EXPECT(1, assessment == NULL);
    EXPECT(OK, simstrap_assess(NULL, decoded, NULL, &assessment, &error));
    simstrap_data_free(&decoded);
    simstrap_data_free(&decoded); /* it is NULL now */
    simstrap_data_free(&none);
    simstrap_data_free(NULL);
    EXPECT(NULL_POINTER, simstrap_data_find(decoded, 0, 1, 5, 0, &resource));
    EXPECT(OK, simstrap_assessment_account(assessment, 0, &account));
    EXPECT(1, account.short_server_id == 1 && account.lifetime == 60);
    EXPECT(1, account.uri_length == 9 && memcmp(account.uri, "coaps://a", 9) == 0);
    EXPECT(NOT_FOUND, simstrap_assessment_account(assessment, 1, &account));
    EXPECT(NOT_FOUND, simstrap_assessment_finding(assessment, 999, &finding));
    EXPECT(NULL_POINTER, simstrap_assessment_account(assessment, 0, NULL));
    simstrap_assessment_free(&assessment);
    EXPECT(NULL_POINTER, simstrap_assessment_account(assessment, 0, &account));
}

static void policies(void)
{
    static const char toml[] = "default = \"aply\"";
    simstrap_policy *policy = NULL;
    simstrap_rule rule;
    simstrap_error error;
    int count;
    memset(&rule, 0, sizeof rule);
    EXPECT(NULL_POINTER, simstrap_policy_new(NULL));
    EXPECT(INVALID, simstrap_policy_from_toml(toml, sizeof toml - 1, &policy, &error));
    EXPECT(0, strstr(error.message, "line 1") == NULL);
    EXPECT(INVALID, simstrap_policy_from_toml("\xff", 1, &policy, &error));
    EXPECT(NULL_POINTER, simstrap_policy_set_default(policy, true));
    EXPECT(OK, simstrap_policy_new(&policy));
    EXPECT(OK, simstrap_policy_set_default(policy, false));
    EXPECT(INVALID, simstrap_policy_set_minimum_security_mode(policy, 5));
    EXPECT(OK, simstrap_policy_set_minimum_security_mode(policy, 0));
    EXPECT(INVALID, simstrap_policy_set_secure_channel(policy, 0x34));
    EXPECT(NULL_POINTER, simstrap_policy_set_objects(policy, NULL, 1, 0));
    EXPECT(INVALID, simstrap_policy_set_objects(policy, NULL, 0, 3));
    EXPECT(NULL_POINTER, simstrap_policy_set_stance(policy, NULL));
    EXPECT(NULL_POINTER, simstrap_policy_add_rule(policy, NULL, &error));
    rule.bootstrap_server = 2;
    EXPECT(INVALID, simstrap_policy_add_rule(policy, &rule, &error));
    rule.bootstrap_server = -1;
    rule.first_server = 9;
    rule.last_server = 8;
    EXPECT(INVALID, simstrap_policy_add_rule(policy, &rule, &error));
    rule.last_server = 65535;
    EXPECT(INVALID, simstrap_policy_add_rule(policy, &rule, &error));
    rule.last_server = 9;
    rule.security_modes = 0x20;
    EXPECT(INVALID, simstrap_policy_add_rule(policy, &rule, &error));
    rule.security_modes = 0x1f;
    rule.name = "";
    EXPECT(INVALID, simstrap_policy_add_rule(policy, &rule, &error));
    rule.name = "\xff";
    EXPECT(INVALID, simstrap_policy_add_rule(policy, &rule, &error));
    rule.name = "ours";
    for (count = 0; count < 64; count++) {
        EXPECT(OK, simstrap_policy_add_rule(policy, &rule, &error));
    }
    EXPECT(INVALID, simstrap_policy_add_rule(policy, &rule, &error));
    simstrap_policy_free(&policy);
    simstrap_policy_free(&policy);
}

static simstrap_client *client_within;
/* The server of the operation that is under way. */
static int stuck;
static int timers;

static void view(void *context, simstrap_view *shown)
{
    simstrap_access_entry entry = {1, 0x20};
    (void)context;
    EXPECT(NULL_POINTER, simstrap_view_account(NULL, 0, 0, 1, 0));
    EXPECT(INVALID, simstrap_view_account(shown, 2, 0, 1, 0));
    EXPECT(INVALID, simstrap_view_account(shown, 0, 0, 65535, 0));
    EXPECT(INVALID, simstrap_view_account(shown, 0, 0, 1, 5));
    EXPECT(INVALID, simstrap_view_instance(shown, 3, 0, -1));
    EXPECT(INVALID, simstrap_view_access_control(shown, 0, 1, 0, 1, &entry, 1));
    EXPECT(NULL_POINTER, simstrap_view_access_control(shown, 0, 1, 0, 1, NULL, 1));
    /* From within a callback nothing ends, and events wait. */
    EXPECT(BUSY, simstrap_client_close(client_within));
    EXPECT(BUSY, simstrap_client_free(&client_within));
    EXPECT(OK, simstrap_view_account(shown, 0, 7, 7, SIMSTRAP_SOURCE_FACTORY));
    EXPECT(OK, simstrap_view_account(shown, 1, 7, 7, SIMSTRAP_SOURCE_FACTORY));
}

static int32_t carry_out(void *context, const simstrap_step *step)
{
    (void)context;
    (void)step;
    return 1;
}

static int32_t perform(void *context, simstrap_operation operation, uint16_t server)
{
    (void)context;
    (void)operation;
    stuck = server;
    return SIMSTRAP_PERFORMANCE_UNDER_WAY;
}

static int32_t perform_at_once(void *context, simstrap_operation operation, uint16_t server)
{
    (void)context;
    (void)operation;
    (void)server;
    return SIMSTRAP_PERFORMANCE_DONE;
}

static void start_timer(void *context, uint32_t timer, uint32_t seconds)
{
    (void)context;
    (void)seconds;
    /* Handed in at once: dealt with after the callback. */
    if (timers++ < 8) {
        EXPECT(OK, simstrap_client_timer(client_within, timer));
    }
}

static int32_t load(void *context, uint8_t *buffer, size_t capacity, size_t *length)
{
    (void)buffer;
    (void)capacity;
    *length = 0;
    return *(int32_t *)context;
}

static int32_t save(void *context, const uint8_t *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    return 0;
}

/* Claims more bytes than there is room for. */
static int32_t boast(void *context, const uint8_t *command, size_t command_length,
                     uint8_t *response, size_t capacity, size_t *response_length)
{
    (void)context;
    (void)command;
    (void)command_length;
    (void)response;
    *response_length = capacity + 1;
    return SIMSTRAP_TRANSMISSION_DONE;
}

static void readings(void)
{
    simstrap_card card;
    simstrap_access access;
    simstrap_reading *reading = NULL;
    simstrap_reading_info info;
    simstrap_keys *keys = NULL;
    simstrap_error error;
    memset(&card, 0, sizeof card);
    memset(&access, 0, sizeof access);
    EXPECT(NULL_POINTER, simstrap_read(NULL, NULL, &reading, &error));
    EXPECT(NULL_POINTER, simstrap_read(&card, NULL, &reading, &error));
    card.transmit = boast;
    EXPECT(NULL_POINTER, simstrap_read(&card, NULL, NULL, &error));
    EXPECT(SIMSTRAP_STATUS_UNREADABLE, simstrap_read(&card, NULL, &reading, &error));
    EXPECT(0, strstr(error.message, "room") == NULL || error.help[0] == '\0');
    access.pin = "12";
    EXPECT(INVALID, simstrap_read(&card, &access, &reading, &error));
    card.max_response_data = 257;
    EXPECT(INVALID, simstrap_read(&card, NULL, &reading, &error));
    EXPECT(1, simstrap_reading_data(NULL, &error) == NULL);
    EXPECT(NULL_POINTER, simstrap_reading_describe(NULL, &info));
    simstrap_reading_free(&reading);
    EXPECT(INVALID, simstrap_keys_new(sample, sample, sample, 17, &keys, &error));
    EXPECT(NULL_POINTER, simstrap_keys_new(sample, NULL, sample, 16, &keys, &error));
    EXPECT(OK, simstrap_keys_new(sample, sample, sample, 24, &keys, &error));
    EXPECT(INVALID, simstrap_keys_set_level(keys, 0x30));
    EXPECT(OK, simstrap_keys_set_level(keys, 0x11));
    EXPECT(INVALID, simstrap_keys_set_mode(keys, 12));
    EXPECT(OK, simstrap_keys_set_mode(keys, 16));
    EXPECT(OK, simstrap_keys_set_version(keys, 0x30));
    EXPECT(OK, simstrap_keys_set_quirks(keys, true, true));
    simstrap_keys_free(&keys);
    EXPECT(NULL_POINTER, simstrap_keys_set_level(keys, 0x33));
}

static int32_t recorded(void *context, const simstrap_recorded_account *account)
{
    (void)context;
    (void)account;
    return 0;
}

static void clients(void)
{
    simstrap_client_config config;
    simstrap_client *client = NULL;
    simstrap_error error;
    int32_t store_answer = 0;
    int count;
    memset(&config, 0, sizeof config);
    EXPECT(NULL_POINTER, simstrap_client_new(NULL, &client, &error));
    EXPECT(NULL_POINTER, simstrap_client_new(&config, &client, &error));
    config.card.transmit = boast;
    config.store.context = &store_answer;
    config.store.load = load;
    config.store.save = save;
    config.host.view = view;
    config.host.carry_out = carry_out;
    config.host.perform = perform;
    EXPECT(NULL_POINTER, simstrap_client_new(&config, &client, &error));
    config.host.start_timer = start_timer;
    EXPECT(NULL_POINTER, simstrap_client_new(&config, NULL, &error));
    EXPECT(NULL_POINTER, simstrap_client_start(client, &error));
    EXPECT(OK, simstrap_client_new(&config, &client, &error));
    EXPECT(CLOSED, simstrap_client_refresh(client)); /* not started */
    client_within = client;
    EXPECT(OK, simstrap_client_start(client, &error));
    EXPECT(OK, simstrap_client_start(client, &error));
    EXPECT(INVALID, simstrap_client_due(client, 0, 0));
    EXPECT(INVALID, simstrap_client_due(client, 3, 1));
    /* The card was given up; the Register with the server of the factory is under way. */
    EXPECT(7, stuck);
    EXPECT(NOT_FOUND, simstrap_client_performed(client, 1, 7, true));
    EXPECT(OK, simstrap_client_performed(client, 0, 7, true));
    stuck = 0;
    EXPECT(OK, simstrap_client_due(client, SIMSTRAP_OPERATION_UPDATE, 7));
    EXPECT(7, stuck);
    EXPECT(NOT_FOUND, simstrap_client_performed(client, 1, 8, true));
    EXPECT(OK, simstrap_client_performed(client, 1, 7, true));
    EXPECT(NOT_FOUND, simstrap_client_performed(client, 1, 7, true));
    EXPECT(OK, simstrap_client_bootstrap_requested(client));
    EXPECT(OK, simstrap_client_bootstrapped(client, false));
    EXPECT(OK, simstrap_client_timer(client, 12345));
    /* Nothing is dealt with while an operation is under way, and not without end is kept. */
    EXPECT(OK, simstrap_client_due(client, SIMSTRAP_OPERATION_UPDATE, 7));
    for (count = 0; count < 128; count++) {
        EXPECT(OK, simstrap_client_refresh(client));
    }
    EXPECT(BUSY, simstrap_client_refresh(client));
    EXPECT(OK, simstrap_client_close(client));
    EXPECT(OK, simstrap_client_close(client));
    EXPECT(CLOSED, simstrap_client_due(client, 1, 7));
    EXPECT(CLOSED, simstrap_client_performed(client, 1, 7, true));
    EXPECT(CLOSED, simstrap_client_start(client, &error));
    EXPECT(OK, simstrap_client_free(&client));
    EXPECT(OK, simstrap_client_free(&client));
    EXPECT(OK, simstrap_client_free(NULL));
    EXPECT(NULL_POINTER, simstrap_client_refresh(client));
    /* A store that cannot be read: the client does not start. */
    store_answer = 1;
    EXPECT(OK, simstrap_client_new(&config, &client, &error));
    EXPECT(SIMSTRAP_STATUS_STORE, simstrap_client_start(client, &error));
    EXPECT(0, strstr(error.message, "record") == NULL);
    EXPECT(CLOSED, simstrap_client_refresh(client));
    EXPECT(OK, simstrap_client_free(&client));
    EXPECT(NULL_POINTER, simstrap_record_each_account(sample, 9, NULL, NULL, &error));
    EXPECT(MALFORMED, simstrap_record_each_account(sample, 9, recorded, NULL, &error));
}

/* How many events are still handed in, one each time it is called. */
static int greed;

static void greedy_view(void *context, simstrap_view *shown)
{
    view(context, shown);
    if (greed > 0) {
        greed--;
        simstrap_client_refresh(client_within);
    }
}

/* A callback that hands in an event whenever it is called: the caller is asked in between. */
static void events_without_end(void)
{
    simstrap_client_config config;
    simstrap_client *client = NULL;
    simstrap_error error;
    int32_t store_answer = 0;
    int calls;
    memset(&config, 0, sizeof config);
    config.card.transmit = boast;
    config.store.context = &store_answer;
    config.store.load = load;
    config.store.save = save;
    config.host.view = greedy_view;
    config.host.carry_out = carry_out;
    config.host.perform = perform_at_once;
    config.host.start_timer = start_timer;
    EXPECT(OK, simstrap_client_new(&config, &client, &error));
    client_within = client;
    greed = 1000000;
    EXPECT(SIMSTRAP_STATUS_UNFINISHED, simstrap_client_start(client, &error));
    EXPECT(0, strstr(error.message, "1024") == NULL || error.help[0] == '\0');
    EXPECT(1, greed > 900000);
    /* More are refused, and an operation that is not under way is not ended. */
    EXPECT(BUSY, simstrap_client_refresh(client));
    EXPECT(NOT_FOUND, simstrap_client_performed(client, 0, 7, true));
    for (calls = 0; calls < 3; calls++) {
        EXPECT(SIMSTRAP_STATUS_UNFINISHED, simstrap_client_start(client, NULL));
    }
    EXPECT(1, greed > 900000);
    /* Once it has enough, what waits is dealt with, and all is as before. */
    greed = 0;
    EXPECT(OK, simstrap_client_start(client, &error));
    EXPECT(OK, simstrap_client_refresh(client));
    /* It can be ended in between. */
    greed = 1000000;
    EXPECT(SIMSTRAP_STATUS_UNFINISHED, simstrap_client_refresh(client));
    EXPECT(OK, simstrap_client_free(&client));
    EXPECT(1, client == NULL && greed > 900000);
}

int main(void)
{
    int status;
    data();
    policies();
    readings();
    clients();
    events_without_end();
    for (status = -1; status < 20; status++) {
        EXPECT(1, simstrap_status_text(status)[0] != '\0');
    }
    return failures == 0 ? 0 : 1;
}
