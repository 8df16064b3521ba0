/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for the library: the first block that is free and large enough. */

#include "board.h"
#include "simstrap.h"

/* Bytes of the heap. */
#define HEAP_SIZE (24u * 1024u)
/* What every block is aligned to. */
#define ALIGNMENT 8u

/* A block begins with its size, this header included; the blocks follow one another. */
struct block {
    uint32_t size;
    uint32_t is_used;
};

static union {
    struct block first;
    uint64_t aligned;
    uint8_t bytes[HEAP_SIZE];
} heap;

static size_t in_use, most;

static struct block *after(struct block *block)
{
    return (struct block *)(void *)((uint8_t *)block + block->size);
}

static bool is_in_heap(const struct block *block)
{
    return (const uint8_t *)block < heap.bytes + sizeof heap.bytes;
}

void *simstrap_allocate(size_t size, size_t alignment)
{
    struct block *block = &heap.first;
    size_t wanted;
    if (alignment > ALIGNMENT || size > HEAP_SIZE) {
        return NULL;
    }
    if (heap.first.size == 0) {
        heap.first.size = HEAP_SIZE;
    }
    wanted = (sizeof *block + size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    for (; is_in_heap(block); block = after(block)) {
        while (!block->is_used && is_in_heap(after(block)) && !after(block)->is_used) {
            block->size += after(block)->size;
        }
        if (block->is_used || block->size < wanted) {
            continue;
        }
        if (block->size - wanted >= 2 * sizeof *block) {
            uint32_t rest = block->size - (uint32_t)wanted;
            block->size = (uint32_t)wanted;
            after(block)->size = rest;
            after(block)->is_used = 0;
        }
        block->is_used = 1;
        in_use += size;
        most = in_use > most ? in_use : most;
        return block + 1;
    }
    return NULL;
}

void simstrap_release(void *memory, size_t size, size_t alignment)
{
    const uint8_t *bytes = (const uint8_t *)memory;
    size_t at;
    (void)alignment;
    for (at = 0; at < size; at++) {
        if (bytes[at] != 0) {
            say("memory was not wiped\n");
            board_end(false);
        }
    }
    ((struct block *)memory - 1)->is_used = 0;
    in_use -= size;
}

void simstrap_abort(void)
{
    say("aborted\n");
    board_end(false);
}

size_t heap_in_use(void)
{
    return in_use;
}

size_t heap_high_water(void)
{
    return most;
}
