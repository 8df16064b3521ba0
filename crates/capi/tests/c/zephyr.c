/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the adapter for Zephyr against a stand-in for the functions it calls. With a second argument
 * the engine has room for one cipher suite. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "at_card.h"
#include "device.h"
#include "zephyr_adapter.h"

static struct simstrap_zephyr adapter;
static int starts;

/* Bytes that the engine has for a resource, as a build with version 1.1 of both objects has them; 0
 * is a resource without memory, -1 one that is not there. */
static int room_for(const struct lwm2m_obj_path *path)
{
    if (path->obj_id == 0) {
        switch (path->res_id) {
        case 0:
            return 255;
        case 1:
        case 2:
            return 1;
        case 3:
        case 4:
        case 5:
            return 64;
        case 10:
            return 2;
        case 13:
        case 14:
        case 15:
        case 17:
            return 0;
        default:
            return -1;
        }
    }
    switch (path->res_id) {
    case 0:
        return 2;
    case 1:
    case 2:
    case 3:
    case 5:
    case 10:
        return 4;
    case 6:
    case 13:
        return 1;
    case 7:
        return 4;
    default:
        return -1;
    }
}

/* Where cipher suites are, once they have memory. */
static void *suites[2];
static int suite_count;
/* How many there can be. */
static int most_suites = 2;

int lwm2m_get_res_buf(const struct lwm2m_obj_path *path, void **buffer, uint16_t *room,
                      uint16_t *length, uint8_t *flags)
{
    static char place[1];
    int bytes = room_for(path);
    (void)length;
    (void)flags;
    if (bytes < 0) {
        return -ENOENT;
    }
    *buffer = bytes == 0 ? NULL : place;
    *room = (uint16_t)bytes;
    return 0;
}

/* As the engine does: what has no memory, or another size, is refused. */
static int set(const struct lwm2m_obj_path *path, const char *type, int size)
{
    if (path->level != 3 || room_for(path) != size) {
        printf("%s in %d bytes is refused\n", type, room_for(path));
        return -EINVAL;
    }
    printf("%s %u", type, path->res_id);
    return 0;
}

int lwm2m_create_object_inst(const struct lwm2m_obj_path *path)
{
    printf("create /%u/%u\n", path->obj_id, path->obj_inst_id);
    suite_count = 0;
    return path->level == 2 ? 0 : -EINVAL;
}

int lwm2m_delete_object_inst(const struct lwm2m_obj_path *path)
{
    printf("delete /%u/%u\n", path->obj_id, path->obj_inst_id);
    return -ENOENT;
}

int lwm2m_create_res_inst(const struct lwm2m_obj_path *path)
{
    if (path->level != 4 || path->obj_id != 0 || path->res_id != 16) {
        return -ENOENT;
    }
    return suite_count < most_suites ? 0 : -ENOMEM;
}

int lwm2m_set_res_buf(const struct lwm2m_obj_path *path, void *buffer, uint16_t room,
                      uint16_t length, uint8_t flags)
{
    if (path->level != 4 || room != 4 || length != 4 || flags != 0) {
        return -EINVAL;
    }
    suites[suite_count++] = buffer;
    return 0;
}

int lwm2m_set_u32(const struct lwm2m_obj_path *path, uint32_t value)
{
    if (path->level == 4) {
        memcpy(suites[suite_count - 1], &value, sizeof value);
        printf("u32 %u/%u = %04x\n", path->res_id, path->res_inst_id, (unsigned)value);
        return 0;
    }
    return set(path, "u32", 4) == 0 ? printf(" = %u\n", (unsigned)value) * 0 : -EINVAL;
}

int lwm2m_set_string(const struct lwm2m_obj_path *path, const char *text)
{
    if (room_for(path) < (int)strlen(text) + 1) {
        return -ENOMEM;
    }
    printf("string %u = %s\n", path->res_id, text);
    return 0;
}

int lwm2m_set_opaque(const struct lwm2m_obj_path *path, const char *bytes, uint16_t length)
{
    (void)bytes;
    if (room_for(path) < length) {
        return -ENOMEM;
    }
    printf("opaque %u = %u bytes\n", path->res_id, length);
    return 0;
}

int lwm2m_set_bool(const struct lwm2m_obj_path *path, bool value)
{
    return set(path, "bool", 1) == 0 ? printf(" = %d\n", value) * 0 : -EINVAL;
}

int lwm2m_set_u8(const struct lwm2m_obj_path *path, uint8_t value)
{
    return set(path, "u8", 1) == 0 ? printf(" = %u\n", value) * 0 : -EINVAL;
}

int lwm2m_set_u16(const struct lwm2m_obj_path *path, uint16_t value)
{
    return set(path, "u16", 2) == 0 ? printf(" = %u\n", value) * 0 : -EINVAL;
}

int lwm2m_set_s64(const struct lwm2m_obj_path *path, int64_t value)
{
    return set(path, "s64", 8) == 0 ? printf(" = %ld\n", (long)value) * 0 : -EINVAL;
}

int lwm2m_set_f64(const struct lwm2m_obj_path *path, const double value)
{
    return set(path, "f64", 8) == 0 ? printf(" = %f\n", value) * 0 : -EINVAL;
}

int lwm2m_set_time(const struct lwm2m_obj_path *path, time_t value)
{
    return set(path, "time", 8) == 0 ? printf(" = %ld\n", (long)value) * 0 : -EINVAL;
}

int lwm2m_set_objlnk(const struct lwm2m_obj_path *path, const struct lwm2m_objlnk *value)
{
    return set(path, "link", 4) == 0 ? printf(" = /%u/%u\n", value->obj_id, value->obj_inst) * 0
                                     : -EINVAL;
}

void lwm2m_registry_lock(void)
{
}

void lwm2m_registry_unlock(void)
{
}

int lwm2m_rd_client_start(struct lwm2m_ctx *context, const char *endpoint, uint32_t flags,
                          lwm2m_ctx_event_cb_t on_event, lwm2m_observe_cb_t on_observe)
{
    (void)on_observe;
    printf("start %s %u\n", endpoint, (unsigned)flags);
    on_event(context, LWM2M_RD_CLIENT_EVENT_NONE);
    return starts++ == 0 ? 0 : -EINPROGRESS;
}

int lwm2m_rd_client_stop(struct lwm2m_ctx *context, lwm2m_ctx_event_cb_t on_event, bool deregister)
{
    (void)context;
    (void)on_event;
    printf("stop%s\n", deregister ? " and de-register" : "");
    return 0;
}

void lwm2m_rd_client_update(void)
{
    printf("update\n");
}

void simstrap_zephyr_on_event(struct lwm2m_ctx *context, enum lwm2m_rd_client_event event)
{
    (void)context;
    simstrap_zephyr_event(&adapter, event);
}

static void start_timer(void *user, uint32_t timer, uint32_t seconds)
{
    (void)user;
    (void)timer;
    (void)seconds;
}

int main(int argc, char **argv)
{
    struct lwm2m_ctx context;
    struct device memory;
    struct at_card modem;
    simstrap_client_config config;
    simstrap_host unused;
    simstrap_error error;
    if (argc < 2 || argc > 3 || at_card_open(&modem, argv[1]) != 0) {
        return 1;
    }
    if (argc == 3) {
        most_suites = 1; /* fewer than the card has */
    }
    memset(&config, 0, sizeof config);
    device_init(&memory, NULL);
    device_connect(&memory, &unused, &config.store);
    config.card.context = &modem;
    config.card.transmit = at_card_transmit;
    adapter.context = &context;
    adapter.endpoint = "device";
    adapter.start_timer = start_timer;
    simstrap_zephyr_connect(&adapter, &config.host);
    if (simstrap_client_new(&config, &adapter.client, &error) != SIMSTRAP_STATUS_OK
        || simstrap_client_start(adapter.client, &error) != SIMSTRAP_STATUS_OK) {
        return 1;
    }
    simstrap_zephyr_on_event(&context, LWM2M_RD_CLIENT_EVENT_REGISTRATION_COMPLETE);
    simstrap_client_due(adapter.client, SIMSTRAP_OPERATION_UPDATE, 1);
    simstrap_zephyr_on_event(&context, LWM2M_RD_CLIENT_EVENT_REG_UPDATE_COMPLETE);
    simstrap_client_due(adapter.client, SIMSTRAP_OPERATION_UPDATE, 1);
    simstrap_zephyr_on_event(&context, LWM2M_RD_CLIENT_EVENT_REG_TIMEOUT);
    simstrap_zephyr_on_event(&context, LWM2M_RD_CLIENT_EVENT_REGISTRATION_COMPLETE);
    printf("under way: %d\n", adapter.operation);
    simstrap_client_free(&adapter.client);
    at_card_close(&modem);
    return 0;
}
