/* SPDX-License-Identifier: Apache-2.0 */
#include "wakaama_adapter.h"

#include <stdlib.h>
#include <string.h>

#define MOST_OBJECTS 32
#define MOST_RESOURCES 32
/* Client hold-off time of the Security object. */
#define HOLD_OFF 11

typedef struct simstrap_wakaama_instance instance_t;

static instance_t **list_of(struct simstrap_wakaama *adapter, uint16_t object)
{
    lwm2m_object_t *own = object == 0 ? &adapter->security : &adapter->server;
    return (instance_t **)(void *)&own->instanceList;
}

static instance_t *take(instance_t **list, uint16_t id)
{
    for (; *list != NULL; list = &(*list)->next) {
        if ((*list)->id == id) {
            instance_t *taken = *list;
            *list = taken->next;
            return taken;
        }
    }
    return NULL;
}

static void put(instance_t **list, instance_t *instance)
{
    while (*list != NULL && (*list)->id < instance->id) {
        list = &(*list)->next;
    }
    instance->next = *list;
    *list = instance;
}

static void wipe(instance_t *instance)
{
    if (instance != NULL) {
        memset(instance->bytes, 0, instance->length); /* it holds keys */
        free(instance->bytes);
        free(instance);
    }
}

/* --- What Wakaama reads ------------------------------------------------------------------- */

/* Values of one instance, as Wakaama wants them. */
struct reading {
    uint16_t object;
    const instance_t *instance;
    lwm2m_data_t *data;
    int count;
    int room;
    bool failed;
};

static void encode(const simstrap_resource *resource, lwm2m_data_t *target)
{
    switch (resource->value_type) {
    case SIMSTRAP_TYPE_STRING:
        lwm2m_data_encode_nstring((const char *)resource->bytes, resource->length, target);
        break;
    case SIMSTRAP_TYPE_INTEGER:
    case SIMSTRAP_TYPE_UNSIGNED:
    case SIMSTRAP_TYPE_TIME:
        lwm2m_data_encode_int(resource->integer, target);
        break;
    case SIMSTRAP_TYPE_FLOAT:
        lwm2m_data_encode_float(resource->real, target);
        break;
    case SIMSTRAP_TYPE_BOOLEAN:
        lwm2m_data_encode_bool(resource->boolean, target);
        break;
    case SIMSTRAP_TYPE_OBJECT_LINK:
        lwm2m_data_encode_objlink(resource->link_object, resource->link_instance, target);
        break;
    default:
        /* Older versions of Wakaama do not take what is constant. */
        lwm2m_data_encode_opaque((uint8_t *)(uintptr_t)resource->bytes, resource->length, target);
        break;
    }
}

/* The instances of one multiple resource. */
struct gathering {
    uint16_t resource;
    lwm2m_data_t *data;
    int count;
    int room;
};

static int32_t gather(void *context, const simstrap_resource *resource)
{
    struct gathering *gathering = (struct gathering *)context;
    if (resource->resource == gathering->resource && resource->is_multiple) {
        if (gathering->data != NULL && gathering->count < gathering->room) {
            gathering->data[gathering->count].id = resource->resource_instance;
            encode(resource, &gathering->data[gathering->count]);
        }
        gathering->count++;
    }
    return 0;
}

static void each_resource(const struct reading *reading, simstrap_resource_visitor visitor,
                          void *context)
{
    simstrap_tlv_each_resource(reading->object, reading->instance->id, reading->instance->bytes,
                               reading->instance->length, visitor, context, NULL);
}

/* All instances of a multiple resource: counted, then encoded. */
static void encode_all(struct reading *reading, lwm2m_data_t *target)
{
    struct gathering gathering = {target->id, NULL, 0, 0};
    each_resource(reading, gather, &gathering);
    gathering.room = gathering.count;
    gathering.data = lwm2m_data_new(gathering.room);
    gathering.count = 0;
    if (gathering.data == NULL) {
        reading->failed = true;
        return;
    }
    each_resource(reading, gather, &gathering);
    lwm2m_data_encode_instances(gathering.data, (size_t)gathering.room, target);
}

/* Fills in an instance of a multiple resource that was asked for by its own id. */
static void fill_asked(const simstrap_resource *resource, lwm2m_data_t *target)
{
    size_t at;
    for (at = 0; at < target->value.asChildren.count; at++) {
        lwm2m_data_t *child = &target->value.asChildren.array[at];
        if (child->id == resource->resource_instance && child->type == LWM2M_TYPE_UNDEFINED) {
            encode(resource, child);
        }
    }
}

/* Fills in a resource that was asked for. */
static int32_t fill(void *context, const simstrap_resource *resource)
{
    struct reading *reading = (struct reading *)context;
    int at;
    for (at = 0; at < reading->count; at++) {
        lwm2m_data_t *target = &reading->data[at];
        if (target->id != resource->resource) {
            continue;
        }
        if (resource->is_multiple && target->type == LWM2M_TYPE_MULTIPLE_RESOURCE) {
            fill_asked(resource, target);
        } else if (target->type != LWM2M_TYPE_UNDEFINED) {
            continue;
        } else if (resource->is_multiple) {
            encode_all(reading, target);
        } else {
            encode(resource, target);
        }
    }
    return reading->failed ? 1 : 0;
}

static int32_t list_ids(void *context, const simstrap_resource *resource)
{
    struct reading *reading = (struct reading *)context;
    bool is_listed =
        reading->count > 0 && reading->data[reading->count - 1].id == resource->resource;
    if (!is_listed && reading->count < reading->room) {
        reading->data[reading->count++].id = resource->resource;
    }
    return 0;
}

/* Whether a value was found: for every instance, of a multiple resource whose instances were asked
 * for. */
static bool is_found(const lwm2m_data_t *data)
{
    size_t at;
    if (data->type == LWM2M_TYPE_MULTIPLE_RESOURCE) {
        for (at = 0; at < data->value.asChildren.count; at++) {
            if (data->value.asChildren.array[at].type == LWM2M_TYPE_UNDEFINED) {
                return false;
            }
        }
    }
    return data->type != LWM2M_TYPE_UNDEFINED;
}

static uint8_t read_instance(lwm2m_context_t *context, uint16_t id, int *count,
                             lwm2m_data_t **data, lwm2m_object_t *object)
{
    const instance_t *instance = (const instance_t *)(const void *)object->instanceList;
    struct reading reading;
    int at;
    (void)context;
    while (instance != NULL && instance->id != id) {
        instance = instance->next;
    }
    if (instance == NULL) {
        return COAP_404_NOT_FOUND;
    }
    memset(&reading, 0, sizeof reading);
    reading.object = object->objID;
    reading.instance = instance;
    reading.room = MOST_RESOURCES;
    reading.count = *count;
    if (*count == 0) {
        *data = lwm2m_data_new(reading.room);
        if (*data == NULL) {
            return COAP_500_INTERNAL_SERVER_ERROR;
        }
        reading.data = *data;
        each_resource(&reading, list_ids, &reading);
        *count = reading.count;
    }
    reading.data = *data;
    each_resource(&reading, fill, &reading);
    if (reading.failed) {
        return COAP_500_INTERNAL_SERVER_ERROR;
    }
    for (at = 0; at < reading.count; at++) {
        if (is_found(&reading.data[at])) {
            continue;
        }
        if (object->objID != 0 || reading.data[at].id != HOLD_OFF) {
            return COAP_404_NOT_FOUND;
        }
        /* Wakaama takes no server without a hold-off time, and cards leave it out. */
        lwm2m_data_encode_int(0, &reading.data[at]);
    }
    return COAP_205_CONTENT;
}

/* --- What simstrap has done ---------------------------------------------------------------- */

/* Has Wakaama forget a server, with its session, its observations and what it knew of it, and look
 * anew which servers there are; at its next step. */
static void forget_server(struct simstrap_wakaama *adapter, uint16_t server)
{
    lwm2m_server_t *each = server == 0 ? adapter->context->bootstrapServerList
                                       : adapter->context->serverList;
    for (; each != NULL; each = each->next) {
        if (server == 0 || each->shortID == server) {
            each->dirty = true;
        }
    }
    adapter->context->state = STATE_INITIAL;
}

static int32_t learn_server(void *context, const simstrap_resource *resource)
{
    instance_t *instance = (instance_t *)context;
    if (resource->resource == (resource->object == 0 ? 10 : 0)) {
        instance->server = (uint16_t)resource->unsigned_integer;
    }
    if (resource->object == 0 && resource->resource == 1 && resource->boolean) {
        instance->server = 0;
        return 1;
    }
    return 0;
}

static int32_t write_instance(struct simstrap_wakaama *adapter, const simstrap_step *step)
{
    instance_t *instance = (instance_t *)calloc(1, sizeof *instance);
    uint8_t *bytes = (uint8_t *)malloc(step->length > 0 ? step->length : 1);
    if (instance == NULL || bytes == NULL) {
        free(instance);
        free(bytes);
        return -1;
    }
    memcpy(bytes, step->bytes, step->length);
    instance->id = step->instance;
    instance->bytes = bytes;
    instance->length = step->length;
    simstrap_tlv_each_resource(step->object, step->instance, bytes, step->length, learn_server,
                               instance, NULL);
    wipe(take(list_of(adapter, step->object), step->instance));
    wipe(take(&adapter->disabled[step->object], step->instance));
    /* Not to be used before the account is complete and the record stored. */
    put(&adapter->disabled[step->object], instance);
    return 0;
}

/* Moves what belongs to a server from one list to another. */
static void move(struct simstrap_wakaama *adapter, uint16_t server, bool enable)
{
    uint16_t object;
    for (object = 0; object <= 1; object++) {
        instance_t **from = enable ? &adapter->disabled[object] : list_of(adapter, object);
        instance_t **to = enable ? list_of(adapter, object) : &adapter->disabled[object];
        instance_t **at = from;
        while (*at != NULL) {
            if ((*at)->server == server) {
                put(to, take(at, (*at)->id));
            } else {
                at = &(*at)->next;
            }
        }
    }
}

static int32_t carry_out(void *context, const simstrap_step *step)
{
    struct simstrap_wakaama *adapter = (struct simstrap_wakaama *)context;
    switch (step->kind) {
    case SIMSTRAP_STEP_KIND_WRITE:
        /* Objects other than these are written by the application's own callbacks. */
        return step->object <= 1 ? write_instance(adapter, step) : -1;
    case SIMSTRAP_STEP_KIND_REMOVE:
        if (step->object <= 1) {
            wipe(take(list_of(adapter, step->object), step->instance));
            wipe(take(&adapter->disabled[step->object], step->instance));
        }
        return 0;
    case SIMSTRAP_STEP_KIND_DISABLE:
        move(adapter, step->server, false);
        forget_server(adapter, step->server);
        return 0;
    case SIMSTRAP_STEP_KIND_ENABLE:
        move(adapter, step->server, true);
        return 0;
    case SIMSTRAP_STEP_KIND_DEREGISTER:
    case SIMSTRAP_STEP_KIND_CLOSE_SESSION:
    case SIMSTRAP_STEP_KIND_CANCEL_OBSERVATIONS:
        forget_server(adapter, step->server);
        return 0;
    case SIMSTRAP_STEP_KIND_KEEP:
        return 0;
    default:
        return -1; /* access control is the application's */
    }
}

static void view(void *context, simstrap_view *view)
{
    struct simstrap_wakaama *adapter = (struct simstrap_wakaama *)context;
    uint16_t object;
    for (object = 0; object <= 1; object++) {
        instance_t *each;
        for (each = *list_of(adapter, object); each != NULL; each = each->next) {
            simstrap_view_account(view, object, each->id, each->server, SIMSTRAP_SOURCE_SMARTCARD);
        }
        for (each = adapter->disabled[object]; each != NULL; each = each->next) {
            simstrap_view_account(view, object, each->id, each->server, SIMSTRAP_SOURCE_SMARTCARD);
        }
    }
}

static int32_t perform(void *context, simstrap_operation operation, uint16_t server)
{
    struct simstrap_wakaama *adapter = (struct simstrap_wakaama *)context;
    switch (operation) {
    case SIMSTRAP_OPERATION_UPDATE:
        if (lwm2m_update_registration(adapter->context, server, false) != COAP_NO_ERROR) {
            return SIMSTRAP_PERFORMANCE_FAILED;
        }
        break;
    case SIMSTRAP_OPERATION_REGISTER:
        adapter->context->state = STATE_INITIAL;
        break;
    case SIMSTRAP_OPERATION_BOOTSTRAP:
        adapter->context->state = STATE_BOOTSTRAP_REQUIRED;
        break;
    }
    adapter->operation = (int)operation;
    adapter->operation_server = server;
    return SIMSTRAP_PERFORMANCE_UNDER_WAY;
}

static void start_timer(void *context, uint32_t timer, uint32_t seconds)
{
    struct simstrap_wakaama *adapter = (struct simstrap_wakaama *)context;
    adapter->start_timer(adapter->user, timer, seconds);
}

/* An Update that is put off is put off for Wakaama, too. */
static void notice(void *context, const simstrap_notice *notice)
{
    struct simstrap_wakaama *adapter = (struct simstrap_wakaama *)context;
    lwm2m_server_t *each;
    if (notice->kind == SIMSTRAP_NOTICE_KIND_DEFERRED) {
        for (each = adapter->context->serverList; each != NULL; each = each->next) {
            if (each->shortID == notice->server) {
                each->registration = lwm2m_gettime();
            }
        }
    }
    if (adapter->notice != NULL) {
        adapter->notice(adapter->user, notice);
    }
}

/* --- The application ------------------------------------------------------------------------ */

int simstrap_wakaama_configure(struct simstrap_wakaama *adapter, lwm2m_context_t *context,
                               const char *endpoint, lwm2m_object_t **objects, uint16_t count)
{
    lwm2m_object_t *all[MOST_OBJECTS];
    uint16_t at;
    if (count + 2 > MOST_OBJECTS) {
        return COAP_500_INTERNAL_SERVER_ERROR;
    }
    adapter->context = context;
    adapter->operation = -1;
    adapter->security.objID = 0;
    adapter->security.readFunc = read_instance;
    adapter->server.objID = 1;
    adapter->server.readFunc = read_instance;
    all[0] = &adapter->security;
    all[1] = &adapter->server;
    for (at = 0; at < count; at++) {
        all[at + 2] = objects[at];
    }
    return lwm2m_configure(context, endpoint, NULL, NULL, (uint16_t)(count + 2), all);
}

void simstrap_wakaama_connect(struct simstrap_wakaama *adapter, simstrap_host *host)
{
    memset(host, 0, sizeof *host);
    host->context = adapter;
    host->view = view;
    host->carry_out = carry_out;
    host->perform = perform;
    host->start_timer = start_timer;
    host->notice = notice;
}

void simstrap_wakaama_stepped(struct simstrap_wakaama *adapter)
{
    const lwm2m_server_t *each;
    int operation = adapter->operation;
    bool done = false, failed = false;
    if (operation < 0) {
        return;
    }
    if (operation == SIMSTRAP_OPERATION_BOOTSTRAP) {
        done = adapter->context->state == STATE_READY;
    }
    for (each = adapter->context->serverList; each != NULL; each = each->next) {
        if (operation != SIMSTRAP_OPERATION_BOOTSTRAP && each->shortID == adapter->operation_server) {
            done = each->status == STATE_REGISTERED;
            failed = each->status == STATE_REG_FAILED;
        }
    }
    if (done || failed) {
        adapter->operation = -1;
        simstrap_client_performed(adapter->client, operation, adapter->operation_server, done);
    }
}

void simstrap_wakaama_clear(struct simstrap_wakaama *adapter)
{
    uint16_t object;
    for (object = 0; object <= 1; object++) {
        while (*list_of(adapter, object) != NULL) {
            wipe(take(list_of(adapter, object), (*list_of(adapter, object))->id));
        }
        while (adapter->disabled[object] != NULL) {
            wipe(take(&adapter->disabled[object], adapter->disabled[object]->id));
        }
    }
}
