/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a card behind a modem, tells what is on it, and bootstraps a device from it.
 *
 *     bootstrap [-a] HOST:PORT|/dev/ttyUSB2 [KEYS]
 *
 * With -a it asks before an account is used. KEYS is a file with the three keys of the secure
 * channel as 96 hexadecimal digits, ENC MAC DEK.
 * Try it on a card in software: simstrap card serve --at-tcp 127.0.0.1:5555
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "at_card.h"
#include "device.h"
#include "simstrap.h"

static int fail(const char *what, const simstrap_error *error)
{
    fprintf(stderr, "error: %s: %s\n", what, error->message);
    if (error->help[0] != '\0') {
        fprintf(stderr, "  help: %s\n", error->help);
    }
    return 1;
}

static int read_keys(const char *path, simstrap_keys **keys)
{
    simstrap_error error;
    uint8_t bytes[48];
    unsigned value;
    size_t count = 0;
    simstrap_status status;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fprintf(stderr, "error: %s: %s\n", path, strerror(errno));
        return 1;
    }
    while (count < sizeof bytes && fscanf(file, "%2x", &value) == 1) {
        bytes[count++] = (uint8_t)value;
    }
    fclose(file);
    status = simstrap_keys_new(bytes, bytes + 16, bytes + 32, count / 3, keys, &error);
    memset(bytes, 0, sizeof bytes);
    return status == SIMSTRAP_STATUS_OK ? 0 : fail("making keys", &error);
}

static int32_t show_resource(void *context, const simstrap_resource *resource)
{
    (void)context;
    printf("  /%u/%u/%u", resource->object, resource->instance, resource->resource);
    if (resource->is_multiple) {
        printf("/%u", resource->resource_instance);
    }
    if (resource->is_secret) {
        printf(" (%u bytes, not shown)\n", (unsigned)resource->length);
        return 0;
    }
    switch (resource->value_type) {
    case SIMSTRAP_TYPE_STRING:
        printf(" %.*s\n", (int)resource->length, (const char *)resource->bytes);
        break;
    case SIMSTRAP_TYPE_INTEGER:
    case SIMSTRAP_TYPE_TIME:
        printf(" %ld\n", (long)resource->integer);
        break;
    case SIMSTRAP_TYPE_UNSIGNED:
        printf(" %lu\n", (unsigned long)resource->unsigned_integer);
        break;
    case SIMSTRAP_TYPE_BOOLEAN:
        printf(" %s\n", resource->boolean ? "true" : "false");
        break;
    default:
        printf(" (%u bytes)\n", (unsigned)resource->length);
        break;
    }
    return 0;
}

static int32_t show_instance(void *context, const simstrap_instance *instance)
{
    const simstrap_data *data = (const simstrap_data *)context;
    simstrap_data_each_resource(data, instance->object, instance->instance, show_resource, NULL);
    return 0;
}

static int show_accounts(const simstrap_client_config *config, const simstrap_data *data,
                         uint8_t level)
{
    simstrap_circumstances circumstances;
    simstrap_assessment *assessment = NULL;
    simstrap_account account;
    simstrap_finding finding;
    simstrap_error error;
    size_t at;
    /* What the client goes by, but nobody is asked yet. */
    memset(&circumstances, 0, sizeof circumstances);
    circumstances.level = level;
    circumstances.keys = config->access.keys;
    circumstances.context = config->host.context;
    circumstances.view = config->host.view;
    if (simstrap_assess(config->policy, data, &circumstances, &assessment, &error)
        != SIMSTRAP_STATUS_OK) {
        return fail("judging the data", &error);
    }
    for (at = 0; simstrap_assessment_account(assessment, at, &account) == SIMSTRAP_STATUS_OK; at++) {
        printf("account of server %u: %.*s, %s (%s)\n", account.short_server_id,
               (int)account.uri_length, account.uri == NULL ? "" : account.uri,
               account.decision == SIMSTRAP_DECISION_APPLY ? "used" : "not used", account.reason);
    }
    for (at = 0; simstrap_assessment_finding(assessment, at, &finding) == SIMSTRAP_STATUS_OK; at++) {
        printf("%s %s: %s\n", finding.rule, finding.path, finding.message);
    }
    simstrap_assessment_free(&assessment);
    return 0;
}

static int show_card(const simstrap_client_config *config)
{
    simstrap_reading *reading = NULL;
    simstrap_reading_info info;
    simstrap_error error;
    const simstrap_data *data;
    int result;
    if (simstrap_read(&config->card, &config->access, &reading, &error) != SIMSTRAP_STATUS_OK) {
        return fail("reading the card", &error);
    }
    simstrap_reading_describe(reading, &info);
    printf("card %s, security level %02X, %u bytes in use\n", info.iccid, info.level,
           (unsigned)info.used);
    data = simstrap_reading_data(reading, &error);
    if (data == NULL) {
        result = fail("decoding the data", &error);
    } else {
        simstrap_data_each_instance(data, show_instance, (void *)data);
        result = show_accounts(config, data, info.level);
    }
    simstrap_reading_free(&reading);
    return result;
}

/* A choice that no policy can make: that of whoever sits in front of the device. */
static int32_t ask_user(void *context, const simstrap_proposal *proposal)
{
    char line[16];
    (void)context;
    printf("use server %u, %.*s, as proposed by %s? [y/n] ", proposal->server,
           (int)proposal->uri_length, proposal->uri == NULL ? "" : proposal->uri, proposal->reason);
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) {
        return SIMSTRAP_DECISION_REFUSE; /* nobody sits there */
    }
    return line[0] == 'y' ? SIMSTRAP_DECISION_APPLY : SIMSTRAP_DECISION_IGNORE;
}

static int run_device(const simstrap_client_config *config, const struct device *device)
{
    simstrap_client *client = NULL;
    simstrap_error error;
    size_t at;
    if (simstrap_client_new(config, &client, &error) != SIMSTRAP_STATUS_OK) {
        return fail("making the client", &error);
    }
    if (simstrap_client_start(client, &error) != SIMSTRAP_STATUS_OK) {
        simstrap_client_free(&client);
        return fail("starting the client", &error);
    }
    /* A stack does this whenever the lifetime of a registration nears its end. */
    for (at = 0; at < DEVICE_INSTANCES; at++) {
        if (device->instances[at].registered) {
            simstrap_client_due(client, SIMSTRAP_OPERATION_UPDATE, device->instances[at].server);
        }
    }
    simstrap_client_free(&client);
    return 0;
}

int main(int argc, char **argv)
{
    struct at_card modem;
    struct device device;
    simstrap_client_config config;
    simstrap_policy *policy = NULL;
    simstrap_keys *keys = NULL;
    int first = argc > 1 && strcmp(argv[1], "-a") == 0 ? 2 : 1;
    int result;
    if (argc < first + 1 || argc > first + 2) {
        fprintf(stderr, "usage: bootstrap [-a] HOST:PORT|DEVICE [KEYS]\n");
        return 1;
    }
    if (argc == first + 2 && read_keys(argv[first + 1], &keys) != 0) {
        return 1;
    }
    if (at_card_open(&modem, argv[first]) != 0) {
        fprintf(stderr, "error: %s: %s\n", argv[first], strerror(errno));
        simstrap_keys_free(&keys);
        return 1;
    }
    memset(&config, 0, sizeof config);
    simstrap_policy_new(&policy);
    if (keys != NULL) {
        simstrap_policy_set_secure_channel(policy, 0x33);
    }
    config.policy = policy;
    config.card.context = &modem;
    config.card.transmit = at_card_transmit;
    config.access.keys = keys;
    config.choice.choose = first == 2 ? ask_user : NULL;
    device_init(&device, stdout);
    device_connect(&device, &config.host, &config.store);
    result = show_card(&config);
    if (result == 0) {
        result = run_device(&config, &device);
    }
    device_clear(&device);
    at_card_close(&modem);
    simstrap_policy_free(&policy);
    simstrap_keys_free(&keys);
    return result;
}
