/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void tell(const struct device *device, const char *format, ...)
{
    va_list arguments;
    if (device->story == NULL) {
        return;
    }
    va_start(arguments, format);
    vfprintf(device->story, format, arguments);
    va_end(arguments);
    fputc('\n', device->story);
}

static struct device_instance *find(struct device *device, uint16_t object, uint16_t instance)
{
    size_t at;
    for (at = 0; at < DEVICE_INSTANCES; at++) {
        struct device_instance *each = &device->instances[at];
        if (each->used && each->object == object && each->instance == instance) {
            return each;
        }
    }
    return NULL;
}

static void drop(struct device_instance *instance)
{
    if (instance->bytes != NULL) {
        memset(instance->bytes, 0, instance->length); /* it holds keys */
        free(instance->bytes);
    }
    memset(instance, 0, sizeof *instance);
}

/* Learns from the resources to which server an instance belongs. */
static int32_t learn_server(void *context, const simstrap_resource *resource)
{
    uint16_t *server = (uint16_t *)context;
    bool is_id = (resource->object == 0 && resource->resource == 10)
                 || (resource->object == 1 && resource->resource == 0);
    if (is_id) {
        *server = (uint16_t)resource->unsigned_integer;
    }
    if (resource->object == 0 && resource->resource == 1 && resource->boolean) {
        *server = 0; /* the bootstrap server has no short server id that counts */
        return 1;
    }
    return 0;
}

static int32_t write_instance(struct device *device, const simstrap_step *step)
{
    struct device_instance *target = find(device, step->object, step->instance);
    uint8_t *copy;
    size_t at;
    for (at = 0; target == NULL && at < DEVICE_INSTANCES; at++) {
        if (!device->instances[at].used) {
            target = &device->instances[at];
        }
    }
    copy = (uint8_t *)malloc(step->length > 0 ? step->length : 1);
    if (target == NULL || copy == NULL) {
        free(copy);
        return -1;
    }
    drop(target);
    memcpy(copy, step->bytes, step->length);
    target->used = true;
    target->object = step->object;
    target->instance = step->instance;
    target->bytes = copy;
    target->length = step->length;
    simstrap_tlv_each_resource(step->object, step->instance, copy, step->length, learn_server,
                               &target->server, NULL);
    return 0;
}

static int32_t carry_out(void *context, const simstrap_step *step)
{
    struct device *device = (struct device *)context;
    struct device_instance *instance;
    switch (step->kind) {
    case SIMSTRAP_STEP_KIND_WRITE:
        tell(device, "write /%u/%u", step->object, step->instance);
        return write_instance(device, step);
    case SIMSTRAP_STEP_KIND_REMOVE:
        tell(device, "remove /%u/%u", step->object, step->instance);
        instance = find(device, step->object, step->instance);
        if (instance != NULL) {
            drop(instance);
        }
        return 0;
    case SIMSTRAP_STEP_KIND_DISABLE:
        tell(device, "disable server %u", step->server);
        return 0;
    case SIMSTRAP_STEP_KIND_ENABLE:
        tell(device, "enable server %u", step->server);
        return 0;
    case SIMSTRAP_STEP_KIND_DEREGISTER:
    case SIMSTRAP_STEP_KIND_CLOSE_SESSION:
    case SIMSTRAP_STEP_KIND_CANCEL_OBSERVATIONS:
    case SIMSTRAP_STEP_KIND_CHANGE_OWNER:
    case SIMSTRAP_STEP_KIND_REMOVE_ACCESS:
    case SIMSTRAP_STEP_KIND_KEEP:
        return 0; /* nobody is connected, and there is no access control */
    }
    return -1;
}

static void view(void *context, simstrap_view *view)
{
    const struct device *device = (const struct device *)context;
    size_t at;
    for (at = 0; at < DEVICE_INSTANCES; at++) {
        const struct device_instance *each = &device->instances[at];
        if (each->used && each->object <= 1) {
            simstrap_view_account(view, each->object, each->instance, each->server,
                                  SIMSTRAP_SOURCE_SMARTCARD);
        } else if (each->used) {
            simstrap_view_instance(view, each->object, each->instance, SIMSTRAP_SOURCE_SMARTCARD);
        }
    }
}

static void note_registration(struct device *device, uint16_t server)
{
    size_t at;
    for (at = 0; at < DEVICE_INSTANCES; at++) {
        struct device_instance *each = &device->instances[at];
        if (each->used && each->object == 1 && each->server == server) {
            each->registered = true;
        }
    }
}

static int32_t perform(void *context, simstrap_operation operation, uint16_t server)
{
    struct device *device = (struct device *)context;
    static const char *const names[] = {"register with", "update with", "bootstrap from"};
    device->performed++;
    tell(device, "%s server %u", names[operation], server);
    if (operation == SIMSTRAP_OPERATION_REGISTER) {
        note_registration(device, server);
    }
    return SIMSTRAP_PERFORMANCE_DONE;
}

static void start_timer(void *context, uint32_t timer, uint32_t seconds)
{
    struct device *device = (struct device *)context;
    tell(device, "timer for %u s", (unsigned)seconds);
    if (device->timer_count < DEVICE_TIMERS) {
        device->timers[device->timer_count++] = timer;
    }
}

static void notice(void *context, const simstrap_notice *notice)
{
    tell((const struct device *)context, "notice: %s", notice->text);
}

static int32_t load(void *context, uint8_t *buffer, size_t capacity, size_t *length)
{
    const struct device *device = (const struct device *)context;
    *length = device->record_length;
    if (device->record_length > 0 && capacity >= device->record_length) {
        memcpy(buffer, device->record, device->record_length);
    }
    return 0;
}

static int32_t save(void *context, const uint8_t *bytes, size_t length)
{
    struct device *device = (struct device *)context;
    if (length > sizeof device->record) {
        return -1;
    }
    memcpy(device->record, bytes, length);
    device->record_length = length;
    return 0;
}

void device_init(struct device *device, FILE *story)
{
    memset(device, 0, sizeof *device);
    device->story = story;
}

void device_connect(struct device *device, simstrap_host *host, simstrap_store *store)
{
    memset(host, 0, sizeof *host);
    host->context = device;
    host->view = view;
    host->carry_out = carry_out;
    host->perform = perform;
    host->start_timer = start_timer;
    host->notice = notice;
    memset(store, 0, sizeof *store);
    store->context = device;
    store->load = load;
    store->save = save;
}

size_t device_count(const struct device *device, uint16_t object)
{
    size_t at, count = 0;
    for (at = 0; at < DEVICE_INSTANCES; at++) {
        count += device->instances[at].used && device->instances[at].object == object;
    }
    return count;
}

bool device_pass_time(struct device *device, const simstrap_client *client)
{
    uint32_t timer = device->timers[0];
    if (device->timer_count == 0) {
        return false;
    }
    device->timer_count--;
    memmove(device->timers, device->timers + 1, device->timer_count * sizeof timer);
    simstrap_client_timer(client, timer);
    return true;
}

void device_clear(struct device *device)
{
    size_t at;
    for (at = 0; at < DEVICE_INSTANCES; at++) {
        drop(&device->instances[at]);
    }
}
