/* SPDX-License-Identifier: Apache-2.0 */
#include "zephyr_adapter.h"

#include <errno.h>
#include <string.h>

/* The longest text: a server URI. */
#define LONGEST_TEXT 255
/* Resource of the Security object. */
#define CIPHER_SUITES 16

/* Not LWM2M_OBJ, which is no C++. */
static struct lwm2m_obj_path path_to(uint8_t level, uint16_t object, uint16_t instance,
                                     uint16_t resource, uint16_t resource_instance)
{
    struct lwm2m_obj_path path;
    path.obj_id = object;
    path.obj_inst_id = instance;
    path.res_id = resource;
    path.res_inst_id = resource_instance;
    path.level = level;
    return path;
}

struct writing {
    struct simstrap_zephyr_account *account;
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

/* Numbers go in the width that the engine keeps them in: it compares. */
static int set_number(const struct lwm2m_obj_path *path, uint64_t value, uint16_t width)
{
    if (width < sizeof value && value >> (8 * width) != 0) {
        return -ERANGE;
    }
    switch (width) {
    case 1:
        return lwm2m_set_u8(path, (uint8_t)value);
    case 2:
        return lwm2m_set_u16(path, (uint16_t)value);
    case 4:
        return lwm2m_set_u32(path, (uint32_t)value);
    default:
        return lwm2m_set_s64(path, (int64_t)value);
    }
}

static int set_resource(const struct lwm2m_obj_path *path, const simstrap_resource *resource,
                        uint16_t width)
{
    struct lwm2m_objlnk link;
    switch (resource->value_type) {
    case SIMSTRAP_TYPE_STRING:
        return set_text(path, resource);
    case SIMSTRAP_TYPE_BOOLEAN:
        return lwm2m_set_bool(path, resource->boolean);
    case SIMSTRAP_TYPE_INTEGER:
        if (resource->integer < 0) {
            return -ERANGE; /* no number of these objects is */
        }
        return set_number(path, resource->unsigned_integer, width);
    case SIMSTRAP_TYPE_UNSIGNED:
        return set_number(path, resource->unsigned_integer, width);
    case SIMSTRAP_TYPE_FLOAT:
        return lwm2m_set_f64(path, resource->real);
    case SIMSTRAP_TYPE_TIME:
        return lwm2m_set_time(path, (time_t)resource->integer);
    case SIMSTRAP_TYPE_OBJECT_LINK:
        link.obj_id = resource->link_object;
        link.obj_inst = resource->link_instance;
        return lwm2m_set_objlnk(path, &link);
    default:
        return lwm2m_set_opaque(path, (const char *)resource->bytes, (uint16_t)resource->length);
    }
}

/* An instance of a multiple resource. The engine has no memory for them; the cipher suites get some
 * of the adapter's. */
static int set_one_of_many(struct writing *writing, const simstrap_resource *resource)
{
    const struct lwm2m_obj_path path = path_to(4, resource->object, resource->instance,
                                               resource->resource, resource->resource_instance);
    struct simstrap_zephyr_account *account = writing->account;
    uint32_t *suite;
    int result;
    if (resource->object != 0) {
        return 0; /* links to other networks, versions of servers: the engine knows none of them */
    }
    if (resource->resource != CIPHER_SUITES || account->suite_count == SIMSTRAP_ZEPHYR_SUITES) {
        return -ENOTSUP;
    }
    if (lwm2m_create_res_inst(&path) < 0) {
        return -ENOTSUP;
    }
    suite = &account->suites[account->suite_count++];
    result = lwm2m_set_res_buf(&path, suite, sizeof *suite, sizeof *suite, 0);
    return result < 0 ? result : lwm2m_set_u32(&path, (uint32_t)resource->unsigned_integer);
}

static int set_single(const simstrap_resource *resource)
{
    const struct lwm2m_obj_path path =
        path_to(3, resource->object, resource->instance, resource->resource, 0);
    void *place = NULL;
    uint16_t room = 0;
    int result = lwm2m_get_res_buf(&path, &place, &room, NULL, NULL);
    /* What the engine was built without, or has no memory for, is not missed. */
    if (result == -ENOENT || (result == 0 && place == NULL)) {
        return 0;
    }
    return result < 0 ? result : set_resource(&path, resource, room);
}

static int32_t write_resource(void *context, const simstrap_resource *resource)
{
    struct writing *writing = (struct writing *)context;
    if (resource->resource == (resource->object == 0 ? 10 : 0)) {
        writing->account->server = (uint16_t)resource->unsigned_integer;
    }
    writing->result =
        resource->is_multiple ? set_one_of_many(writing, resource) : set_single(resource);
    return writing->result < 0 ? 1 : 0;
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
    const struct lwm2m_obj_path path = path_to(2, object, instance, 0, 0);
    int result = lwm2m_delete_object_inst(&path);
    if (account != NULL) {
        account->used = false;
    }
    return result == -ENOENT ? 0 : result;
}

static int32_t write_instance(struct simstrap_zephyr *adapter, const simstrap_step *step)
{
    const struct lwm2m_obj_path path = path_to(2, step->object, step->instance, 0, 0);
    struct writing writing = {NULL, 0};
    if (step->object > 1) {
        return -ENOTSUP; /* other objects are the application's */
    }
    remove_instance(adapter, step->object, step->instance);
    writing.account = find(adapter, false, 0, 0);
    if (writing.account == NULL) {
        return -ENOMEM;
    }
    memset(writing.account, 0, sizeof *writing.account);
    lwm2m_registry_lock();
    writing.result = lwm2m_create_object_inst(&path);
    if (writing.result == 0) {
        simstrap_tlv_each_resource(step->object, step->instance, step->bytes, step->length,
                                   write_resource, &writing, NULL);
        if (writing.result < 0) {
            lwm2m_delete_object_inst(&path); /* whole, or not at all */
        }
    }
    lwm2m_registry_unlock();
    if (writing.result == 0) {
        writing.account->used = true;
        writing.account->object = step->object;
        writing.account->instance = step->instance;
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
    int result;
    adapter->operation = (int)operation;
    adapter->operation_server = server;
    if (operation == SIMSTRAP_OPERATION_UPDATE) {
        lwm2m_rd_client_update();
        return SIMSTRAP_PERFORMANCE_UNDER_WAY;
    }
    if (operation == SIMSTRAP_OPERATION_BOOTSTRAP) {
        flags |= LWM2M_RD_CLIENT_FLAG_BOOTSTRAP;
    }
    result = lwm2m_rd_client_start(adapter->context, adapter->endpoint, flags,
                                   simstrap_zephyr_on_event, NULL);
    /* After a timeout the engine registers by itself. */
    if (result < 0 && result != -EINPROGRESS) {
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
    case LWM2M_RD_CLIENT_EVENT_REG_TIMEOUT:
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
