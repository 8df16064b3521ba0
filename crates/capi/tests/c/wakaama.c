/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the adapter for Wakaama against a stand-in for the functions it calls. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "at_card.h"
#include "device.h"
#include "wakaama_adapter.h"

static lwm2m_object_t *shown[2];

int lwm2m_configure(lwm2m_context_t *context, const char *endpoint, const char *msisdn,
                    const char *path, uint16_t count, lwm2m_object_t *objects[])
{
    uint16_t at;
    (void)context;
    (void)msisdn;
    (void)path;
    for (at = 0; at < 2; at++) {
        shown[at] = objects[at];
    }
    printf("configured %s with %u objects\n", endpoint, count);
    return COAP_NO_ERROR;
}

int lwm2m_add_object(lwm2m_context_t *context, lwm2m_object_t *object)
{
    (void)context;
    shown[object->objID] = object;
    return COAP_NO_ERROR;
}

int lwm2m_remove_object(lwm2m_context_t *context, uint16_t id)
{
    (void)context;
    shown[id] = NULL;
    return COAP_NO_ERROR;
}

int lwm2m_update_registration(lwm2m_context_t *context, uint16_t server, bool with_objects)
{
    (void)context;
    printf("update %u%s\n", server, with_objects ? " with objects" : "");
    return COAP_NO_ERROR;
}

lwm2m_data_t *lwm2m_data_new(int size)
{
    return (lwm2m_data_t *)calloc((size_t)size, sizeof(lwm2m_data_t));
}

void lwm2m_data_encode_nstring(const char *text, size_t length, lwm2m_data_t *data)
{
    data->type = LWM2M_TYPE_STRING;
    printf("  %u = %.*s\n", data->id, (int)length, text);
}

void lwm2m_data_encode_opaque(uint8_t *bytes, size_t length, lwm2m_data_t *data)
{
    (void)bytes;
    data->type = LWM2M_TYPE_OPAQUE;
    printf("  %u = %u bytes\n", data->id, (unsigned)length);
}

void lwm2m_data_encode_int(int64_t value, lwm2m_data_t *data)
{
    data->type = LWM2M_TYPE_INTEGER;
    printf("  %u = %d\n", data->id, (int)value);
}

void lwm2m_data_encode_bool(bool value, lwm2m_data_t *data)
{
    data->type = LWM2M_TYPE_BOOLEAN;
    printf("  %u = %s\n", data->id, value ? "true" : "false");
}

/* Reads all of an instance, then the resources that Wakaama asks a Security instance for. */
static void read_like_wakaama(lwm2m_context_t *context)
{
    int object;
    for (object = 0; object <= 1; object++) {
        const lwm2m_list_t *each;
        for (each = shown[object]->instanceList; each != NULL; each = each->next) {
            lwm2m_data_t *all = NULL;
            int count = 0;
            printf("/%d/%u\n", object, each->id);
            if (shown[object]->readFunc(context, each->id, &count, &all, shown[object])
                != COAP_205_CONTENT) {
                printf("not read\n");
            }
            free(all);
            if (object == 0) {
                lwm2m_data_t asked;
                lwm2m_data_t *pointer = &asked;
                memset(&asked, 0, sizeof asked);
                asked.id = 11;
                count = 1;
                shown[0]->readFunc(context, each->id, &count, &pointer, shown[0]);
            }
        }
    }
}

static void start_timer(void *user, uint32_t timer, uint32_t seconds)
{
    (void)user;
    (void)timer;
    (void)seconds;
}

int main(int argc, char **argv)
{
    lwm2m_context_t context;
    lwm2m_server_t server;
    struct simstrap_wakaama adapter;
    struct device memory;
    struct at_card modem;
    simstrap_client_config config;
    simstrap_host unused;
    simstrap_error error;
    if (argc != 2 || at_card_open(&modem, argv[1]) != 0) {
        return 1;
    }
    memset(&context, 0, sizeof context);
    memset(&server, 0, sizeof server);
    memset(&adapter, 0, sizeof adapter);
    memset(&config, 0, sizeof config);
    device_init(&memory, NULL);
    device_connect(&memory, &unused, &config.store);
    config.card.context = &modem;
    config.card.transmit = at_card_transmit;
    adapter.start_timer = start_timer;
    simstrap_wakaama_configure(&adapter, &context, "device", NULL, 0);
    simstrap_wakaama_connect(&adapter, &config.host);
    if (simstrap_client_new(&config, &adapter.client, &error) != SIMSTRAP_STATUS_OK
        || simstrap_client_start(adapter.client, &error) != SIMSTRAP_STATUS_OK) {
        return 1;
    }
    read_like_wakaama(&context);
    simstrap_wakaama_stepped(&adapter); /* nothing yet */
    server.shortID = 1;
    server.status = STATE_REGISTERED;
    context.serverList = &server;
    simstrap_wakaama_stepped(&adapter);
    simstrap_client_due(adapter.client, SIMSTRAP_OPERATION_UPDATE, 1);
    simstrap_wakaama_stepped(&adapter);
    at_card_close(&modem); /* unreadable, not gone: nothing is deleted */
    simstrap_client_refresh(adapter.client);
    printf("instances left: %d\n", (shown[0]->instanceList != NULL)
                                       + (shown[1]->instanceList != NULL));
    simstrap_client_free(&adapter.client);
    simstrap_wakaama_clear(&adapter);
    return 0;
}
