/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the adapter for Wakaama against a stand-in for the functions it calls. With a second argument
 * objects that the adapter does not write are left out. */

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
    unsigned found = 0;
    (void)context;
    (void)msisdn;
    (void)path;
    for (at = 0; at < count; at++) {
        if (objects[at]->objID < 2) {
            shown[objects[at]->objID] = objects[at];
        }
        found |= 1u << objects[at]->objID;
    }
    if (found != 0x0B) {
        return COAP_400_BAD_REQUEST; /* Security, Server and Device have to be there */
    }
    printf("configured %s with %u objects\n", endpoint, count);
    return COAP_NO_ERROR;
}

int lwm2m_update_registration(lwm2m_context_t *context, uint16_t server, bool with_objects)
{
    (void)context;
    printf("update %u%s\n", server, with_objects ? " with objects" : "");
    return COAP_NO_ERROR;
}

time_t lwm2m_gettime(void)
{
    return 4711;
}

/* --- Values, copied as Wakaama copies them ---------------------------------------------------- */

lwm2m_data_t *lwm2m_data_new(int size)
{
    return (lwm2m_data_t *)calloc((size_t)size, sizeof(lwm2m_data_t));
}

static void clear(lwm2m_data_t *data)
{
    if (data->type == LWM2M_TYPE_MULTIPLE_RESOURCE) {
        lwm2m_data_free((int)data->value.asChildren.count, data->value.asChildren.array);
    } else if (data->type == LWM2M_TYPE_STRING || data->type == LWM2M_TYPE_OPAQUE) {
        free(data->value.asBuffer.buffer);
    }
}

void lwm2m_data_free(int size, lwm2m_data_t *data)
{
    int at;
    for (at = 0; at < size; at++) {
        clear(&data[at]);
    }
    free(data);
}

static void copy(lwm2m_data_type_t type, const void *bytes, size_t length, lwm2m_data_t *data)
{
    data->type = type;
    data->value.asBuffer.length = length;
    data->value.asBuffer.buffer = (uint8_t *)malloc(length + 1);
    memcpy(data->value.asBuffer.buffer, bytes, length);
}

void lwm2m_data_encode_nstring(const char *text, size_t length, lwm2m_data_t *data)
{
    copy(LWM2M_TYPE_STRING, text, length, data);
}

void lwm2m_data_encode_opaque(const uint8_t *bytes, size_t length, lwm2m_data_t *data)
{
    copy(LWM2M_TYPE_OPAQUE, bytes, length, data);
}

void lwm2m_data_encode_int(int64_t value, lwm2m_data_t *data)
{
    data->type = LWM2M_TYPE_INTEGER;
    data->value.asInteger = value;
}

void lwm2m_data_encode_float(double value, lwm2m_data_t *data)
{
    data->type = LWM2M_TYPE_FLOAT;
    data->value.asFloat = value;
}

void lwm2m_data_encode_bool(bool value, lwm2m_data_t *data)
{
    data->type = LWM2M_TYPE_BOOLEAN;
    data->value.asBoolean = value;
}

void lwm2m_data_encode_objlink(uint16_t object, uint16_t instance, lwm2m_data_t *data)
{
    data->type = LWM2M_TYPE_OBJECT_LINK;
    data->value.asObjLink.objectId = object;
    data->value.asObjLink.objectInstanceId = instance;
}

void lwm2m_data_encode_instances(lwm2m_data_t *children, size_t count, lwm2m_data_t *data)
{
    data->type = LWM2M_TYPE_MULTIPLE_RESOURCE;
    data->value.asChildren.array = children;
    data->value.asChildren.count = count;
}

static void show(const char *indentation, const lwm2m_data_t *data)
{
    size_t at;
    printf("%s%u = ", indentation, data->id);
    switch (data->type) {
    case LWM2M_TYPE_STRING:
        printf("%.*s\n", (int)data->value.asBuffer.length,
               (const char *)data->value.asBuffer.buffer);
        break;
    case LWM2M_TYPE_OPAQUE:
        printf("%u bytes\n", (unsigned)data->value.asBuffer.length);
        break;
    case LWM2M_TYPE_INTEGER:
        printf("%d\n", (int)data->value.asInteger);
        break;
    case LWM2M_TYPE_BOOLEAN:
        printf("%s\n", data->value.asBoolean ? "true" : "false");
        break;
    case LWM2M_TYPE_OBJECT_LINK:
        printf("/%u/%u\n", data->value.asObjLink.objectId, data->value.asObjLink.objectInstanceId);
        break;
    case LWM2M_TYPE_MULTIPLE_RESOURCE:
        printf("\n");
        for (at = 0; at < data->value.asChildren.count; at++) {
            show("    ", &data->value.asChildren.array[at]);
        }
        break;
    default:
        printf("?\n");
        break;
    }
}

/* --- What Wakaama reads ----------------------------------------------------------------------- */

/* Reads all of every instance. */
static void read_all(lwm2m_context_t *context)
{
    int object;
    for (object = 0; object <= 1; object++) {
        const lwm2m_list_t *each;
        for (each = shown[object]->instanceList; each != NULL; each = each->next) {
            lwm2m_data_t *all = NULL;
            int count = 0, at;
            uint8_t code = shown[object]->readFunc(context, each->id, &count, &all, shown[object]);
            printf("/%d/%u%s\n", object, each->id, code == COAP_205_CONTENT ? "" : " not read");
            for (at = 0; at < count; at++) {
                show("  ", &all[at]);
            }
            lwm2m_data_free(count, all);
        }
    }
}

/* Reads one resource, or one instance of a multiple one; -1 is all of it. */
static void read_one(lwm2m_context_t *context, uint16_t id, uint16_t resource, int instance)
{
    lwm2m_data_t *asked = lwm2m_data_new(1);
    int count = 1;
    uint8_t code;
    asked->id = resource;
    if (instance >= 0) {
        lwm2m_data_t *child = lwm2m_data_new(1);
        child->id = (uint16_t)instance;
        lwm2m_data_encode_instances(child, 1, asked);
    }
    code = shown[0]->readFunc(context, id, &count, &asked, shown[0]);
    printf("/0/%u/%u is read: %u.%02u\n", id, resource, code >> 5, code & 0x1F);
    if (code == COAP_205_CONTENT) {
        show("  ", asked);
    }
    lwm2m_data_free(1, asked);
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

static void tell(void *user, const simstrap_notice *notice)
{
    (void)user;
    if (notice->kind == SIMSTRAP_NOTICE_KIND_DEFERRED) {
        printf("notice: %s\n", notice->text);
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
    lwm2m_object_t application_object;
    lwm2m_object_t *application = &application_object;
    lwm2m_server_t server;
    struct simstrap_wakaama adapter;
    struct device memory;
    struct at_card modem;
    simstrap_client_config config;
    simstrap_policy *policy = NULL;
    simstrap_host unused;
    simstrap_error error;
    if (argc < 2 || argc > 3 || at_card_open(&modem, argv[1]) != 0) {
        return 1;
    }
    memset(&context, 0, sizeof context);
    memset(&application_object, 0, sizeof application_object);
    application_object.objID = 3;
    memset(&server, 0, sizeof server);
    memset(&adapter, 0, sizeof adapter);
    memset(&config, 0, sizeof config);
    device_init(&memory, NULL);
    device_connect(&memory, &unused, &config.store);
    config.card.context = &modem;
    config.card.transmit = at_card_transmit;
    adapter.start_timer = start_timer;
    adapter.notice = tell;
    printf("without a Device object: %d\n",
           simstrap_wakaama_configure(&adapter, &context, "device", NULL, 0));
    simstrap_wakaama_configure(&adapter, &context, "device", &application, 1);
    simstrap_wakaama_connect(&adapter, &config.host);
    if (argc == 3) {
        simstrap_policy_new(&policy);
        simstrap_policy_set_objects(policy, NULL, 0, SIMSTRAP_UNSUPPORTED_SKIP);
        config.policy = policy;
    }
    if (simstrap_client_new(&config, &adapter.client, &error) != SIMSTRAP_STATUS_OK
        || simstrap_client_start(adapter.client, &error) != SIMSTRAP_STATUS_OK) {
        return 1;
    }
    read_all(&context);
    read_one(&context, 1, 11, -1); /* as Wakaama does when it looks for servers */
    read_one(&context, 1, 12, -1);
    read_one(&context, 1, 16, -1);
    read_one(&context, 1, 16, 7);
    read_one(&context, 1, 16, 8);
    read_one(&context, 9, 0, -1);
    simstrap_wakaama_stepped(&adapter); /* nothing yet */
    server.shortID = 1;
    server.status = STATE_REGISTERED;
    context.serverList = &server;
    simstrap_wakaama_stepped(&adapter);
    simstrap_client_due(adapter.client, SIMSTRAP_OPERATION_UPDATE, 1);
    simstrap_wakaama_stepped(&adapter);
    at_card_close(&modem); /* unreadable, not gone: nothing is deleted */
    simstrap_client_refresh(adapter.client);
    simstrap_client_due(adapter.client, SIMSTRAP_OPERATION_UPDATE, 1);
    printf("put off until after: %d\n", (int)server.registration);
    printf("instances left: %d\n", (shown[0]->instanceList != NULL)
                                       + (shown[1]->instanceList != NULL));
    /* From here on there is no card. */
    config.card.transmit = no_card;
    simstrap_client_free(&adapter.client);
    context.state = STATE_READY;
    if (simstrap_client_new(&config, &adapter.client, &error) != SIMSTRAP_STATUS_OK) {
        return 1;
    }
    simstrap_client_start(adapter.client, &error);
    printf("instances left: %d, server forgotten: %d, looks anew: %d\n",
           (shown[0]->instanceList != NULL) + (shown[1]->instanceList != NULL), server.dirty,
           context.state == STATE_INITIAL);
    simstrap_client_free(&adapter.client);
    simstrap_policy_free(&policy);
    simstrap_wakaama_clear(&adapter);
    device_clear(&memory);
    return 0;
}
