/* SPDX-License-Identifier: Apache-2.0 */
/* Does to the library what a caller must not do and the library can notice: NULL for every pointer of
 * every function, lengths beyond all memory, text without an end, places that are not aligned, calls
 * from within callbacks that end what is under way. */

#include <stdlib.h>
#include <string.h>

#include "bare_metal/card.h"
#include "wrong_use.h"

/* Memory in which nothing that starts at its second byte is aligned. */
static uint64_t memory[64];
#define ODD(type) ((type *)(void *)((uint8_t *)memory + 1))

/* --- NULL ------------------------------------------------------------------------------------- */

/* A function that takes one handle, and perhaps numbers. */
static void null_handles(void)
{
    static const simstrap_stance stance = {false, false, false, false, false, false, false};
    EXPECT(NULL_POINTER, simstrap_client_start(NULL, NULL));
    EXPECT(NULL_POINTER, simstrap_client_due(NULL, 0, 1));
    EXPECT(NULL_POINTER, simstrap_client_performed(NULL, 0, 1, true));
    EXPECT(NULL_POINTER, simstrap_client_refresh(NULL));
    EXPECT(NULL_POINTER, simstrap_client_bootstrap_requested(NULL));
    EXPECT(NULL_POINTER, simstrap_client_bootstrapped(NULL, true));
    EXPECT(NULL_POINTER, simstrap_client_timer(NULL, 0));
    EXPECT(NULL_POINTER, simstrap_client_close(NULL));
    EXPECT(NULL_POINTER, simstrap_keys_set_version(NULL, 0));
    EXPECT(NULL_POINTER, simstrap_keys_set_level(NULL, 0x33));
    EXPECT(NULL_POINTER, simstrap_keys_set_mode(NULL, 8));
    EXPECT(NULL_POINTER, simstrap_keys_set_quirks(NULL, true, true));
    EXPECT(NULL_POINTER, simstrap_policy_set_default(NULL, true));
    EXPECT(NULL_POINTER, simstrap_policy_set_minimum_security_mode(NULL, 0));
    EXPECT(NULL_POINTER, simstrap_policy_set_secure_channel(NULL, 0x33));
    EXPECT(NULL_POINTER, simstrap_policy_set_objects(NULL, NULL, 0, 0));
    EXPECT(NULL_POINTER, simstrap_policy_set_stance(NULL, &stance));
    EXPECT(NULL_POINTER, simstrap_view_account(NULL, 0, 0, 1, 0));
    EXPECT(NULL_POINTER, simstrap_view_instance(NULL, 3, 0, 0));
    EXPECT(NULL_POINTER, simstrap_view_access_control(NULL, 0, 1, 0, 1, NULL, 0));
    EXPECT(NULL_POINTER, simstrap_view_bootstrap_times(NULL, 0, 0));
    EXPECT(NULL_POINTER, simstrap_policy_new(NULL));
    EXPECT(1, simstrap_reading_data(NULL, NULL) == NULL);
    EXPECT(OK, simstrap_client_free(NULL));
    simstrap_data_free(NULL);
    simstrap_keys_free(NULL);
    simstrap_policy_free(NULL);
    simstrap_reading_free(NULL);
    simstrap_assessment_free(NULL);
}

static int32_t see_resource(void *context, const simstrap_resource *resource)
{
    (void)context;
    (void)resource;
    return 0;
}

static int32_t see_instance(void *context, const simstrap_instance *instance)
{
    (void)context;
    (void)instance;
    return 0;
}

static int32_t see_account(void *context, const simstrap_recorded_account *account)
{
    (void)context;
    (void)account;
    return 0;
}

/* Functions with several pointers: each NULL in turn, the others in order. */
static void null_among_others(void)
{
    simstrap_data *data = NULL, *other = NULL;
    simstrap_policy *policy = NULL;
    simstrap_keys *keys = NULL;
    simstrap_reading *reading = NULL;
    simstrap_assessment *assessment = NULL;
    simstrap_client *client = NULL;
    simstrap_client_config config;
    simstrap_card card;
    simstrap_rule rule;
    simstrap_resource resource;
    simstrap_reading_info info;
    simstrap_account account;
    simstrap_finding finding;
    size_t length = 0;
    uint8_t sha256[32];
    memset(&config, 0, sizeof config);
    memset(&card, 0, sizeof card);
    memset(&rule, 0, sizeof rule);
    EXPECT(OK, simstrap_data_decode(sample, sizeof sample, &data, NULL));
    EXPECT(NULL_POINTER, simstrap_data_decode(NULL, 1, &other, NULL));
    EXPECT(NULL_POINTER, simstrap_data_decode(sample, sizeof sample, NULL, NULL));
    EXPECT(1, simstrap_data_bytes(NULL, &length) == NULL);
    EXPECT(1, simstrap_data_bytes(data, NULL) == NULL);
    EXPECT(NULL_POINTER, simstrap_data_digest(NULL, sha256));
    EXPECT(NULL_POINTER, simstrap_data_digest(data, NULL));
    EXPECT(NULL_POINTER, simstrap_data_each_instance(NULL, see_instance, NULL));
    EXPECT(NULL_POINTER, simstrap_data_each_instance(data, NULL, NULL));
    EXPECT(NULL_POINTER, simstrap_data_each_resource(NULL, 0, 1, see_resource, NULL));
    EXPECT(NULL_POINTER, simstrap_data_each_resource(data, 0, 1, NULL, NULL));
    EXPECT(NULL_POINTER, simstrap_data_find(NULL, 0, 1, 0, 0, &resource));
    EXPECT(NULL_POINTER, simstrap_data_find(data, 0, 1, 0, 0, NULL));
    EXPECT(NULL_POINTER, simstrap_tlv_each_resource(0, 0, NULL, 1, see_resource, NULL, NULL));
    EXPECT(NULL_POINTER, simstrap_tlv_each_resource(0, 0, sample, 0, NULL, NULL, NULL));
    EXPECT(NULL_POINTER, simstrap_record_each_account(NULL, 1, see_account, NULL, NULL));
    EXPECT(NULL_POINTER, simstrap_record_each_account(sample, 1, NULL, NULL, NULL));
    EXPECT(NULL_POINTER, simstrap_assess(NULL, NULL, NULL, &assessment, NULL));
    EXPECT(NULL_POINTER, simstrap_assess(NULL, data, NULL, NULL, NULL));
    EXPECT(OK, simstrap_assess(NULL, data, NULL, &assessment, NULL));
    EXPECT(NULL_POINTER, simstrap_assessment_account(NULL, 0, &account));
    EXPECT(NULL_POINTER, simstrap_assessment_account(assessment, 0, NULL));
    EXPECT(NULL_POINTER, simstrap_assessment_finding(NULL, 0, &finding));
    EXPECT(NULL_POINTER, simstrap_assessment_finding(assessment, 0, NULL));
    EXPECT(NULL_POINTER, simstrap_keys_new(NULL, sample, sample, 16, &keys, NULL));
    EXPECT(NULL_POINTER, simstrap_keys_new(sample, NULL, sample, 16, &keys, NULL));
    EXPECT(NULL_POINTER, simstrap_keys_new(sample, sample, NULL, 16, &keys, NULL));
    EXPECT(NULL_POINTER, simstrap_keys_new(sample, sample, sample, 16, NULL, NULL));
    EXPECT(NULL_POINTER, simstrap_policy_from_toml(NULL, 1, &policy, NULL));
    EXPECT(NULL_POINTER, simstrap_policy_from_toml("", 0, NULL, NULL));
    EXPECT(OK, simstrap_policy_new(&policy));
    EXPECT(NULL_POINTER, simstrap_policy_set_objects(policy, NULL, 1, 0));
    EXPECT(NULL_POINTER, simstrap_policy_set_stance(policy, NULL));
    EXPECT(NULL_POINTER, simstrap_policy_add_rule(NULL, &rule, NULL));
    EXPECT(NULL_POINTER, simstrap_policy_add_rule(policy, NULL, NULL));
    EXPECT(NULL_POINTER, simstrap_read(NULL, NULL, &reading, NULL));
    EXPECT(NULL_POINTER, simstrap_read(&card, NULL, &reading, NULL));
    EXPECT(NULL_POINTER, simstrap_reading_describe(NULL, &info));
    EXPECT(NULL_POINTER, simstrap_client_new(NULL, &client, NULL));
    EXPECT(NULL_POINTER, simstrap_client_new(&config, NULL, NULL));
    EXPECT(NULL_POINTER, simstrap_client_new(&config, &client, NULL));
    EXPECT(1, other == NULL && keys == NULL && reading == NULL && client == NULL);
    simstrap_data_free(&data);
    simstrap_policy_free(&policy);
    simstrap_assessment_free(&assessment);
}

/* --- Lengths, alignment, ends ----------------------------------------------------------------- */

static void lengths(void)
{
    simstrap_data *data = NULL;
    simstrap_keys *keys = NULL;
    simstrap_policy *policy = NULL;
    simstrap_assessment *assessment = NULL;
    simstrap_account account;
    simstrap_finding finding;
    simstrap_error error;
    const char *text = "default = \"apply\"";
    const uint16_t object = 3;
    static const size_t much[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1, 0x10001};
    size_t at;
    for (at = 0; at < sizeof much / sizeof much[0]; at++) {
        EXPECT(INVALID, simstrap_data_decode(sample, much[at], &data, &error));
        EXPECT(0, strstr(error.message, "32768") == NULL);
        EXPECT(INVALID, simstrap_tlv_each_resource(0, 0, sample, much[at], see_resource, NULL,
                                                   &error));
        EXPECT(0, strstr(error.message, "32768") == NULL);
        EXPECT(INVALID, simstrap_record_each_account(sample, much[at], see_account, NULL, &error));
        EXPECT(INVALID, simstrap_keys_new(sample, sample, sample, much[at], &keys, &error));
        EXPECT(INVALID, simstrap_policy_from_toml(text, much[at], &policy, &error));
    }
    EXPECT(INVALID, simstrap_data_decode(sample, 32769, &data, &error));
    EXPECT(INVALID, simstrap_keys_new(sample, sample, sample, 0, &keys, &error));
    EXPECT(OK, simstrap_policy_new(&policy));
    EXPECT(INVALID, simstrap_policy_set_objects(policy, &object, SIZE_MAX, 0));
    EXPECT(INVALID, simstrap_policy_set_objects(policy, &object, SIZE_MAX / 2, 0));
    EXPECT(INVALID, simstrap_policy_set_objects(policy, &object, 65537, 0));
    EXPECT(OK, simstrap_data_decode(sample, sizeof sample, &data, &error));
    EXPECT(OK, simstrap_assess(policy, data, NULL, &assessment, &error));
    EXPECT(NOT_FOUND, simstrap_assessment_account(assessment, SIZE_MAX, &account));
    EXPECT(NOT_FOUND, simstrap_assessment_finding(assessment, SIZE_MAX, &finding));
    simstrap_assessment_free(&assessment);
    simstrap_data_free(&data);
    simstrap_policy_free(&policy);
}

static void alignment(void)
{
    simstrap_data *data = NULL;
    simstrap_policy *policy = NULL;
    simstrap_assessment *assessment = NULL;
    simstrap_error error;
    EXPECT(INVALID, simstrap_data_decode(sample, sizeof sample, ODD(simstrap_data *), &error));
    EXPECT(0, strstr(error.message, "aligned") == NULL);
    /* An error that cannot be written is not. */
    EXPECT(SIMSTRAP_STATUS_MALFORMED_DATA,
           simstrap_data_decode(sample, 3, &data, ODD(simstrap_error)));
    EXPECT(OK, simstrap_data_decode(sample, sizeof sample, &data, &error));
    EXPECT(INVALID, simstrap_data_find(data, 0, 1, 0, 0, ODD(simstrap_resource)));
    EXPECT(INVALID, simstrap_data_digest(ODD(const simstrap_data), (uint8_t *)memory));
    EXPECT(INVALID, simstrap_assess(NULL, data, ODD(const simstrap_circumstances), &assessment,
                                    &error));
    EXPECT(INVALID, simstrap_client_refresh(ODD(const simstrap_client)));
    EXPECT(INVALID, simstrap_client_free(ODD(simstrap_client *)));
    simstrap_data_free(ODD(simstrap_data *));
    EXPECT(OK, simstrap_policy_new(&policy));
    EXPECT(INVALID, simstrap_policy_set_objects(policy, ODD(const uint16_t), 1, 0));
    EXPECT(INVALID, simstrap_policy_set_stance(ODD(simstrap_policy), ODD(simstrap_stance)));
    EXPECT(INVALID, simstrap_policy_add_rule(policy, ODD(simstrap_rule), &error));
    EXPECT(INVALID, simstrap_read(ODD(const simstrap_card), NULL, ODD(simstrap_reading *), &error));
    simstrap_policy_free(&policy);
    simstrap_data_free(&data);
}

static int32_t no_card(void *context, const uint8_t *command, size_t command_length,
                       uint8_t *response, size_t capacity, size_t *response_length)
{
    (void)context;
    (void)command;
    (void)command_length;
    (void)response;
    (void)capacity;
    (void)response_length;
    return SIMSTRAP_TRANSMISSION_NO_CARD;
}

/* Text without an end, in memory that ends where the longest text does. */
static void endless_text(void)
{
    simstrap_policy *policy = NULL;
    simstrap_reading *reading = NULL;
    simstrap_rule rule;
    simstrap_access access;
    simstrap_card card;
    simstrap_error error;
    char *text = (char *)malloc(256);
    char *name = (char *)malloc(33);
    char *pin = (char *)malloc(9);
    memset(text, '*', 256);
    memset(name, 'x', 33);
    memset(pin, '1', 9);
    memset(&rule, 0, sizeof rule);
    memset(&access, 0, sizeof access);
    memset(&card, 0, sizeof card);
    rule.bootstrap_server = -1;
    EXPECT(OK, simstrap_policy_new(&policy));
    rule.name = name;
    EXPECT(INVALID, simstrap_policy_add_rule(policy, &rule, &error));
    EXPECT(0, strstr(error.message, "rule.name") == NULL);
    rule.name = NULL;
    rule.uri = text;
    EXPECT(INVALID, simstrap_policy_add_rule(policy, &rule, &error));
    card.transmit = no_card;
    access.pin = pin;
    EXPECT(INVALID, simstrap_read(&card, &access, &reading, &error));
    EXPECT(1, strstr(error.message, "1111") == NULL);
    pin[8] = '\0';
    EXPECT(SIMSTRAP_STATUS_NO_CARD, simstrap_read(&card, &access, &reading, &error));
    simstrap_policy_free(&policy);
    free(text);
    free(name);
    free(pin);
}

/* Data that belongs to a reading is freed with it, and not before. */
static void borrowed(void)
{
    simstrap_reading *reading = NULL;
    simstrap_data *data;
    simstrap_card card;
    memset(&card, 0, sizeof card);
    card.transmit = card_transmit;
    EXPECT(OK, simstrap_read(&card, NULL, &reading, NULL));
    data = (simstrap_data *)simstrap_reading_data(reading, NULL);
    EXPECT(1, data != NULL);
    simstrap_data_free(&data);
    EXPECT(1, data == NULL);
    EXPECT(OK, simstrap_data_each_instance(simstrap_reading_data(reading, NULL), see_instance,
                                           NULL));
    simstrap_reading_free(&reading);
}

/* Structures that were never filled in. */
static void leftovers(void)
{
    simstrap_policy *policy = NULL;
    simstrap_reading *reading = NULL;
    simstrap_stance stance;
    simstrap_rule rule;
    simstrap_access access;
    simstrap_card card;
    simstrap_error error;
    memset(&card, 0, sizeof card);
    memset(&access, 0, sizeof access);
    memset(&rule, 0, sizeof rule);
    memset(&stance, 0xA5, sizeof stance);
    memset(&error, 0xA5, sizeof error);
    card.transmit = no_card;
    rule.bootstrap_server = -1;
    memset(&access.allow_last_try, 0xA5, sizeof access.allow_last_try);
    memset(&rule.apply, 0xA5, sizeof rule.apply);
    EXPECT(OK, simstrap_policy_new(&policy));
    EXPECT(INVALID, simstrap_policy_set_stance(policy, &stance));
    EXPECT(INVALID, simstrap_policy_add_rule(policy, &rule, &error));
    EXPECT(0, strstr(error.message, "rule.apply") == NULL);
    EXPECT(INVALID, simstrap_read(&card, &access, &reading, &error));
    simstrap_policy_free(&policy);
}

/* --- From within ------------------------------------------------------------------------------ */

static int32_t free_within(void *context, const simstrap_instance *instance)
{
    simstrap_data_free((simstrap_data **)context);
    return instance->length == 0; /* what is shown is still there */
}

static int32_t free_at_resource(void *context, const simstrap_resource *resource)
{
    unsigned sum = 0;
    size_t at;
    simstrap_data_free((simstrap_data **)context);
    for (at = 0; at < resource->length; at++) {
        sum += resource->bytes[at];
    }
    return sum == 0xFFFFFFFF;
}

static void visitors(void)
{
    simstrap_data *data = NULL;
    EXPECT(OK, simstrap_data_decode(sample, sizeof sample, &data, NULL));
    EXPECT(OK, simstrap_data_each_instance(data, free_within, &data));
    EXPECT(1, data == NULL);
    EXPECT(OK, simstrap_data_decode(sample, sizeof sample, &data, NULL));
    EXPECT(OK, simstrap_data_each_resource(data, 0, 1, free_at_resource, &data));
    EXPECT(1, data == NULL);
}

/* Whether there is a card that answers. */
static bool has_card;
static simstrap_client *client;
static simstrap_view *kept;
static unsigned met;

/* Tries to end the client from within a callback. */
static void within(unsigned callback)
{
    simstrap_client *copy = client;
    EXPECT(BUSY, simstrap_client_close(client));
    EXPECT(BUSY, simstrap_client_free(&copy));
    EXPECT(1, copy == client);
    EXPECT(OK, simstrap_client_start(client, NULL));
    if (kept != NULL && callback != 1) {
        EXPECT(CLOSED, simstrap_view_account(kept, 0, 9, 9, 0));
        EXPECT(CLOSED, simstrap_view_bootstrap_times(kept, 1, 1));
    }
    met |= 1u << callback;
}

static int32_t transmit(void *context, const uint8_t *command, size_t command_length,
                        uint8_t *response, size_t capacity, size_t *response_length)
{
    static int depth;
    simstrap_card card;
    simstrap_reading *reading = NULL;
    within(0);
    EXPECT(1, capacity >= 2);
    if (has_card) {
        return card_transmit(context, command, command_length, response, capacity,
                             response_length);
    }
    memset(&card, 0, sizeof card);
    card.transmit = transmit;
    if (depth == 0) {
        depth++; /* another reading over the same way, while this one is under way */
        EXPECT(SIMSTRAP_STATUS_UNREADABLE, simstrap_read(&card, NULL, &reading, NULL));
        depth--;
    }
    return SIMSTRAP_TRANSMISSION_FAILED;
}

static void view(void *context, simstrap_view *shown)
{
    const simstrap_access_entry entry = {1, 1};
    (void)context;
    kept = shown;
    within(1);
    EXPECT(SIMSTRAP_STATUS_BUFFER_TOO_SMALL,
           simstrap_view_access_control(shown, 0, 1, 0, 1, &entry, SIZE_MAX));
    EXPECT(INVALID, simstrap_view_access_control(shown, 0, 1, 0, 1,
                                                 ODD(const simstrap_access_entry), 1));
    EXPECT(OK, simstrap_view_account(shown, 0, 7, 7, SIMSTRAP_SOURCE_FACTORY));
    EXPECT(OK, simstrap_view_account(shown, 1, 7, 7, SIMSTRAP_SOURCE_FACTORY));
}

static int32_t carry_out(void *context, const simstrap_step *step)
{
    (void)context;
    within(8);
    return step->kind == SIMSTRAP_STEP_KIND_ENABLE; /* late, so that all of it is taken back */
}

static int32_t choose(void *context, const simstrap_proposal *proposal)
{
    (void)context;
    within(9);
    return proposal->decision;
}

static int32_t perform(void *context, simstrap_operation operation, uint16_t server)
{
    (void)context;
    within(2);
    /* It has ended before it is said to be under way. */
    EXPECT(NOT_FOUND, simstrap_client_performed(client, operation, 65534, true));
    EXPECT(OK, simstrap_client_performed(client, operation, server, true));
    return SIMSTRAP_PERFORMANCE_UNDER_WAY;
}

static void start_timer(void *context, uint32_t timer, uint32_t seconds)
{
    static int handed_in;
    simstrap_status status;
    (void)context;
    (void)seconds;
    within(3);
    if (handed_in++ < 8) {
        status = simstrap_client_timer(client, timer);
        EXPECT(1, status == OK || status == BUSY);
    }
}

static void notice(void *context, const simstrap_notice *notice)
{
    static bool flooded;
    int count, refused = 0;
    (void)context;
    within(4);
    EXPECT(1, notice->text != NULL);
    if (!flooded) {
        flooded = true;
        for (count = 0; count < 1000; count++) {
            refused += simstrap_client_bootstrap_requested(client) == BUSY;
        }
        EXPECT(1, refused >= 1000 - 128);
    }
}

static int32_t random_bytes(void *context, uint8_t *buffer, size_t length)
{
    (void)context;
    memset(buffer, 1, length);
    within(5);
    return 0;
}

/* Says that there is less the second time, then that there is more. */
static int32_t load(void *context, uint8_t *buffer, size_t capacity, size_t *length)
{
    size_t *said = (size_t *)context;
    within(6);
    *length = *said;
    memset(buffer, 0, capacity < *said ? capacity : *said);
    *said = capacity == 0 ? *said + 5 : *said;
    return 0;
}

static int32_t save(void *context, const uint8_t *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    within(7);
    return 0;
}

static void callbacks(size_t said)
{
    simstrap_client_config config;
    simstrap_error error;
    memset(&config, 0, sizeof config);
    memset(&error, 0xA5, sizeof error);
    config.card.transmit = transmit;
    config.access.random = random_bytes;
    config.store.context = &said;
    config.store.load = load;
    config.store.save = save;
    config.host.view = view;
    config.host.carry_out = carry_out;
    config.host.perform = perform;
    config.host.start_timer = start_timer;
    config.host.notice = notice;
    config.choice.choose = choose;
    kept = NULL;
    EXPECT(OK, simstrap_client_new(&config, &client, &error));
    EXPECT(OK, simstrap_client_start(client, &error));
    EXPECT(CLOSED, simstrap_view_instance(kept, 3, 0, 0));
    EXPECT(INVALID, simstrap_client_due(client, INT32_MIN, 1));
    EXPECT(INVALID, simstrap_client_due(client, INT32_MAX, 65535));
    EXPECT(OK, simstrap_client_due(client, SIMSTRAP_OPERATION_UPDATE, 7));
    EXPECT(OK, simstrap_client_timer(client, UINT32_MAX));
    EXPECT(OK, simstrap_client_free(&client));
    EXPECT(NULL_POINTER, simstrap_client_refresh(client));
}

int main(void)
{
    null_handles();
    null_among_others();
    lengths();
    alignment();
    endless_text();
    leftovers();
    borrowed();
    visitors();
    callbacks(0);
    callbacks(40);
    callbacks(SIZE_MAX - 5);
    has_card = true;
    callbacks(0);
    EXPECT(0x3FF, met);
    EXPECT(1, simstrap_status_text(INT32_MIN)[0] != '\0');
    return failures == 0 ? 0 : 1;
}
