/* SPDX-License-Identifier: Apache-2.0 */
#include "zephyr_adapter.h"

#include <errno.h>
#include <string.h>

/* The longest text: a server URI. */
#define LONGEST_TEXT 255

struct writing {
    uint16_t server;
    int result;
};

/* Strings go to the engine with a NUL. */
static int set_text(const struct lwm2m_obj_path *path, const simstrap_resource *resource)
{
    char text[LONGEST_TEXT + 1];
    if (resource->length > LONGEST_TEXT) {
        return -ENOMEM;
    }
    memcpy(text, resource->bytes, resource->length);
    text[resource->length] = '\0';
    return lwm2m_set_string(path, text);
}

static int set_resource(const simstrap_resource *resource)
{
    const struct lwm2m_obj_path path =
        LWM2M_OBJ(resource->object, resource->instance, resource->resource);
    switch (resource->value_type) {
    case SIMSTRAP_TYPE_STRING:
        return set_text(&path, resource);
    case SIMSTRAP_TYPE_BOOLEAN:
        return lwm2m_set_bool(&path, resource->boolean);
    case SIMSTRAP_TYPE_INTEGER:
    case SIMSTRAP_TYPE_UNSIGNED:
        break;
    default:
        return lwm2m_set_opaque(&path, (const char *)resource->bytes, (uint16_t)resource->length);
    }
    /* The engine keeps numbers in the width they need: a mode, a short server id, seconds. */
    if (resource->object == 0 && resource->resource == 2) {
        return lwm2m_set_u8(&path, (uint8_t)resource->unsigned_integer);
    }
    if (resource->resource == (resource->object == 0 ? 10 : 0)) {
        return lwm2m_set_u16(&path, (uint16_t)resource->unsigned_integer);
    }
    return lwm2m_set_u32(&path, (uint32_t)resource->unsigned_integer);
}

static int32_t write_resource(void *context, const simstrap_resource *resource)
{
    struct writing *writing = (struct writing *)context;
    int result;
    if (resource->is_multiple) {
        return 0; /* the engine has no place for them */
    }
    if (resource->resource == (resource->object == 0 ? 10 : 0)) {
        writing->server = (uint16_t)resource->unsigned_integer;
    }
    result = set_resource(resource);
    /* What the engine was built without is not missed. */
    if (result < 0 && result != -ENOENT) {
        writing->result = result;
        return 1;
    }
    return 0;
}

static struct simstrap_zephyr_account *find(struct simstrap_zephyr *adapter, bool used,
                                            uint16_t object, uint16_t instance)
{
    size_t at;
    for (at = 0; at < 2 * SIMSTRAP_ZEPHYR_ACCOUNTS; at++) {
        struct simstrap_zephyr_account *each = &adapter->accounts[at];
        if (each->used == used
            && (!used || (each->object == object && each->instance == instance))) {
            return each;
        }
    }
    return NULL;
}

static int32_t remove_instance(struct simstrap_zephyr *adapter, uint16_t object, uint16_t instance)
{
    struct simstrap_zephyr_account *account = find(adapter, true, object, instance);
    const struct lwm2m_obj_path path = LWM2M_OBJ(object, instance);
    int result = lwm2m_delete_object_inst(&path);
    if (account != NULL) {
        account->used = false;
    }
    return result == -ENOENT ? 0 : result;
}

static int32_t write_instance(struct simstrap_zephyr *adapter, const simstrap_step *step)
{
    const struct lwm2m_obj_path path = LWM2M_OBJ(step->object, step->instance);
    struct simstrap_zephyr_account *account;
    struct writing writing = {0, 0};
    if (step->object > 1) {
        return -ENOTSUP; /* other objects are the application's */
    }
    remove_instance(adapter, step->object, step->instance);
    account = find(adapter, false, 0, 0);
    if (account == NULL) {
        return -ENOMEM;
    }
    lwm2m_registry_lock();
    writing.result = lwm2m_create_object_inst(&path);
    if (writing.result == 0) {
        simstrap_tlv_each_resource(step->object, step->instance, step->bytes, step->length,
                                   write_resource, &writing);
    }
    lwm2m_registry_unlock();
    if (writing.result == 0) {
        account->used = true;
        account->object = step->object;
        account->instance = step->instance;
        account->server = writing.server;
    }
    return writing.result;
}

static int32_t carry_out(void *context, const simstrap_step *step)
{
    struct simstrap_zephyr *adapter = (struct simstrap_zephyr *)context;
    switch (step->kind) {
    case SIMSTRAP_STEP_KIND_WRITE:
        return write_instance(adapter, step);
    case SIMSTRAP_STEP_KIND_REMOVE:
        return step->object <= 1 ? remove_instance(adapter, step->object, step->instance) : 0;
    case SIMSTRAP_STEP_KIND_DEREGISTER:
        return lwm2m_rd_client_stop(adapter->context, NULL, true);
    case SIMSTRAP_STEP_KIND_DISABLE:
    case SIMSTRAP_STEP_KIND_CLOSE_SESSION:
        /* The engine serves one server at a time; without it, nothing goes out. */
        lwm2m_rd_client_stop(adapter->context, NULL, false);
        return 0;
    case SIMSTRAP_STEP_KIND_CANCEL_OBSERVATIONS:
    case SIMSTRAP_STEP_KIND_ENABLE:
    case SIMSTRAP_STEP_KIND_KEEP:
        return 0; /* observations end with the session */
    default:
        return -ENOTSUP; /* access control is the application's */
    }
}

static void view(void *context, simstrap_view *view)
{
    const struct simstrap_zephyr *adapter = (const struct simstrap_zephyr *)context;
    size_t at;
    for (at = 0; at < 2 * SIMSTRAP_ZEPHYR_ACCOUNTS; at++) {
        const struct simstrap_zephyr_account *each = &adapter->accounts[at];
        if (each->used) {
            simstrap_view_account(view, each->object, each->instance, each->server,
                                  SIMSTRAP_SOURCE_SMARTCARD);
        }
    }
}

static int32_t perform(void *context, simstrap_operation operation, uint16_t server)
{
    struct simstrap_zephyr *adapter = (struct simstrap_zephyr *)context;
    uint32_t flags = 0;
    adapter->operation = (int)operation;
    adapter->operation_server = server;
    if (operation == SIMSTRAP_OPERATION_UPDATE) {
        lwm2m_rd_client_update();
        return SIMSTRAP_PERFORMANCE_UNDER_WAY;
    }
    if (operation == SIMSTRAP_OPERATION_BOOTSTRAP) {
        flags |= LWM2M_RD_CLIENT_FLAG_BOOTSTRAP;
    }
    if (lwm2m_rd_client_start(adapter->context, adapter->endpoint, flags,
                              simstrap_zephyr_on_event, NULL) < 0) {
        adapter->operation = -1;
        return SIMSTRAP_PERFORMANCE_FAILED;
    }
    return SIMSTRAP_PERFORMANCE_UNDER_WAY;
}

static void start_timer(void *context, uint32_t timer, uint32_t seconds)
{
    struct simstrap_zephyr *adapter = (struct simstrap_zephyr *)context;
    adapter->start_timer(adapter->user, timer, seconds);
}

void simstrap_zephyr_connect(struct simstrap_zephyr *adapter, simstrap_host *host)
{
    remove_instance(adapter, 0, 0);
    remove_instance(adapter, 1, 0);
    adapter->operation = -1;
    memset(host, 0, sizeof *host);
    host->context = adapter;
    host->view = view;
    host->carry_out = carry_out;
    host->perform = perform;
    host->start_timer = start_timer;
}

void simstrap_zephyr_event(struct simstrap_zephyr *adapter, enum lwm2m_rd_client_event event)
{
    int operation = adapter->operation;
    bool done;
    switch (event) {
    case LWM2M_RD_CLIENT_EVENT_BOOTSTRAP_TRANSFER_COMPLETE:
    case LWM2M_RD_CLIENT_EVENT_REGISTRATION_COMPLETE:
    case LWM2M_RD_CLIENT_EVENT_REG_UPDATE_COMPLETE:
        done = true;
        break;
    case LWM2M_RD_CLIENT_EVENT_BOOTSTRAP_REG_FAILURE:
    case LWM2M_RD_CLIENT_EVENT_REGISTRATION_FAILURE:
    case LWM2M_RD_CLIENT_EVENT_NETWORK_ERROR:
        done = false;
        break;
    default:
        return;
    }
    if (operation >= 0) {
        adapter->operation = -1;
        simstrap_client_performed(adapter->client, operation, adapter->operation_server, done);
    }
}
