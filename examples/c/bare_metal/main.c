/* SPDX-License-Identifier: Apache-2.0 */
/* A device without an operating system: reads its card and judges the data, registers, looks at the
 * card before an Update, and notices that the card is gone. */

#include "board.h"
#include "card.h"
#include "simstrap.h"

#define INSTANCES 8

/* The LwM2M stack: which instances there are, and whose. */
static struct {
    struct {
        bool used;
        uint16_t object, instance, server;
    } instances[INSTANCES];
    uint8_t record[1024];
    size_t record_length;
    uint16_t registered;
} device;

static void say_path(const char *what, uint16_t object, uint16_t instance)
{
    say(what);
    say(" /");
    say_number(object);
    say("/");
    say_number(instance);
    say("\n");
}

static void say_server(const char *what, uint16_t server)
{
    say(what);
    say(" server ");
    say_number(server);
    say("\n");
}

/* --- What the client asks of the stack ------------------------------------------------------ */

static void view(void *context, simstrap_view *view)
{
    size_t at;
    (void)context;
    for (at = 0; at < INSTANCES; at++) {
        if (device.instances[at].used) {
            simstrap_view_account(view, device.instances[at].object,
                                  device.instances[at].instance, device.instances[at].server,
                                  SIMSTRAP_SOURCE_SMARTCARD);
        }
    }
}

static int32_t learn_server(void *context, const simstrap_resource *resource)
{
    if (resource->resource == (resource->object == 0 ? 10 : 0)) {
        *(uint16_t *)context = (uint16_t)resource->unsigned_integer;
    }
    return 0;
}

static void remove_instance(const simstrap_step *step)
{
    size_t at;
    for (at = 0; at < INSTANCES; at++) {
        if (device.instances[at].object == step->object
            && device.instances[at].instance == step->instance) {
            device.instances[at].used = false;
        }
    }
}

static int32_t write_instance(const simstrap_step *step)
{
    size_t at;
    remove_instance(step);
    for (at = 0; at < INSTANCES; at++) {
        if (!device.instances[at].used) {
            device.instances[at].used = true;
            device.instances[at].object = step->object;
            device.instances[at].instance = step->instance;
            simstrap_tlv_each_resource(step->object, step->instance, step->bytes, step->length,
                                       learn_server, &device.instances[at].server, NULL);
            return 0;
        }
    }
    return -1;
}

static int32_t carry_out(void *context, const simstrap_step *step)
{
    (void)context;
    switch (step->kind) {
    case SIMSTRAP_STEP_KIND_WRITE:
        say_path("write", step->object, step->instance);
        return write_instance(step);
    case SIMSTRAP_STEP_KIND_REMOVE:
        say_path("remove", step->object, step->instance);
        remove_instance(step);
        return 0;
    case SIMSTRAP_STEP_KIND_DISABLE:
        say_server("disable", step->server);
        return 0;
    case SIMSTRAP_STEP_KIND_ENABLE:
        say_server("enable", step->server);
        return 0;
    default:
        return 0; /* nobody is connected, and there is no access control */
    }
}

static int32_t perform(void *context, simstrap_operation operation, uint16_t server)
{
    (void)context;
    say_server(operation == SIMSTRAP_OPERATION_REGISTER ? "register with" : "update with", server);
    device.registered = server;
    return SIMSTRAP_PERFORMANCE_DONE;
}

static void start_timer(void *context, uint32_t timer, uint32_t seconds)
{
    (void)context;
    (void)timer;
    say("a timer for ");
    say_number(seconds);
    say(" s\n");
}

static void notice(void *context, const simstrap_notice *notice)
{
    (void)context;
    say("notice: ");
    say(notice->text);
    say("\n");
}

/* A record that lasts as long as the power does. A device keeps it in flash. */
static int32_t load(void *context, uint8_t *buffer, size_t capacity, size_t *length)
{
    size_t at;
    (void)context;
    *length = device.record_length;
    for (at = 0; at < device.record_length && device.record_length <= capacity; at++) {
        buffer[at] = device.record[at];
    }
    return 0;
}

static int32_t save(void *context, const uint8_t *bytes, size_t length)
{
    size_t at;
    (void)context;
    if (length > sizeof device.record) {
        return -1;
    }
    for (at = 0; at < length; at++) {
        device.record[at] = bytes[at];
    }
    device.record_length = length;
    return 0;
}

/* --- The device ----------------------------------------------------------------------------- */

static simstrap_error error;

static bool is_ok(const char *what, simstrap_status status)
{
    if (status != SIMSTRAP_STATUS_OK) {
        say("error: ");
        say(what);
        say(": ");
        say(simstrap_status_text((int32_t)status));
        say("\n");
    }
    return status == SIMSTRAP_STATUS_OK;
}

/* Whose URI is not of this domain is not used, nor whoever talks without security. */
static bool make_policy(simstrap_policy **policy)
{
    simstrap_rule rule = {"our servers", "coaps://*.example.com", 0, 0, 0, 0, true};
    return is_ok("making a policy", simstrap_policy_new(policy))
           && is_ok("a policy", simstrap_policy_set_default(*policy, false))
           && is_ok("a policy", simstrap_policy_set_minimum_security_mode(*policy, 0))
           && is_ok("a policy", simstrap_policy_add_rule(*policy, &rule, &error))
           && simstrap_policy_from_toml("", 0, policy, NULL) == SIMSTRAP_STATUS_UNSUPPORTED;
}

static int32_t show_resource(void *context, const simstrap_resource *resource)
{
    (void)context;
    say("  ");
    say_number(resource->resource);
    if (resource->is_secret) {
        say(", not shown");
    } else if (resource->value_type == SIMSTRAP_TYPE_STRING) {
        say(" = ");
        say_part((const char *)resource->bytes, resource->length);
    } else if (resource->value_type != SIMSTRAP_TYPE_OPAQUE) {
        say(" = ");
        say_number(resource->value_type == SIMSTRAP_TYPE_BOOLEAN
                       ? resource->boolean
                       : (uint32_t)resource->unsigned_integer);
    }
    say("\n");
    return 0;
}

static int32_t show_instance(void *context, const simstrap_instance *instance)
{
    say_path("instance", instance->object, instance->instance);
    simstrap_data_each_resource((const simstrap_data *)context, instance->object,
                                instance->instance, show_resource, NULL);
    return 0;
}

static bool judge(const simstrap_policy *policy, const simstrap_data *data, uint8_t level)
{
    simstrap_circumstances circumstances = {level, NULL, NULL, view, {NULL, NULL}};
    simstrap_assessment *assessment = NULL;
    simstrap_account account;
    size_t at;
    if (!is_ok("judging", simstrap_assess(policy, data, &circumstances, &assessment, &error))) {
        return false;
    }
    for (at = 0; simstrap_assessment_account(assessment, at, &account) == SIMSTRAP_STATUS_OK; at++) {
        say("account of server ");
        say_number(account.short_server_id);
        say(account.decision == SIMSTRAP_DECISION_APPLY ? ": used, " : ": not used, ");
        say(account.reason);
        say("\n");
    }
    simstrap_assessment_free(&assessment);
    return true;
}

static bool read_card(const simstrap_card *card, const simstrap_policy *policy)
{
    simstrap_reading *reading = NULL;
    simstrap_reading_info info;
    const simstrap_data *data;
    bool done;
    if (!is_ok("reading", simstrap_read(card, NULL, &reading, &error))) {
        return false;
    }
    simstrap_reading_describe(reading, &info);
    say("card ");
    say(info.iccid);
    say(", ");
    say_number((uint32_t)info.used);
    say(" bytes in use\n");
    data = simstrap_reading_data(reading, &error);
    done = is_ok("decoding", simstrap_data_each_instance(data, show_instance, (void *)data))
           && judge(policy, data, info.level);
    simstrap_reading_free(&reading);
    return done;
}

static bool run_client(const simstrap_card *card, const simstrap_policy *policy)
{
    static simstrap_client_config config; /* all zero */
    simstrap_client *client = NULL;
    bool done;
    config.policy = policy;
    config.card = *card;
    config.access.random = board_random;
    config.store.load = load;
    config.store.save = save;
    config.host.view = view;
    config.host.carry_out = carry_out;
    config.host.perform = perform;
    config.host.start_timer = start_timer;
    config.host.notice = notice;
    if (!is_ok("making a client", simstrap_client_new(&config, &client, &error))) {
        return false;
    }
    done = is_ok("starting", simstrap_client_start(client, &error))
           && is_ok("an Update",
                    simstrap_client_due(client, SIMSTRAP_OPERATION_UPDATE, device.registered));
    if (done) {
        say("the card is pulled out\n");
        card_pull();
        done = is_ok("a hint", simstrap_client_refresh(client));
    }
    return is_ok("freeing", simstrap_client_free(&client)) && done;
}

int main(void)
{
    static const simstrap_card card = {NULL, card_transmit, 0, 0};
    simstrap_policy *policy = NULL;
    bool done = make_policy(&policy) && read_card(&card, policy) && run_client(&card, policy);
    simstrap_policy_free(&policy);
    say("stack ");
    say_number((uint32_t)stack_high_water());
    say(" bytes\nheap ");
    say_number((uint32_t)heap_high_water());
    say(" bytes\nheap in use ");
    say_number((uint32_t)heap_in_use());
    say(" bytes\n");
    return done && heap_in_use() == 0 ? 0 : 1;
}
