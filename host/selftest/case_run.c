/* case_run.c - a case on the device: its arrays in guarded vectors, and what came of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "op_case.h"

#define BAND   37 /* elements; odd, so that no array starts aligned to a vector */
#define FIRST  2  /* place of the batch in the order */
#define CURSOR 1  /* the row in use */

/* --- vectors: bytes of the device, NaN where no array is --- */

enum { WORKSPACE, PARAMETERS, GRADIENTS, STATISTICS, RUNNING, VECTORS };
static const char *const vector_names[VECTORS] = {"workspace", "parameters", "gradients",
                                                  "statistics", "running"};

static size_t vector_of(enum clt_case_name name)
{
    switch (name) {
    case CLT_WEIGHT:
    case CLT_BIAS: return PARAMETERS;
    case CLT_DWEIGHT:
    case CLT_DBIAS: return GRADIENTS;
    case CLT_MEAN:
    case CLT_VARIANCE: return STATISTICS;
    case CLT_RUNNING_MEAN:
    case CLT_RUNNING_VARIANCE: return RUNNING;
    default: return WORKSPACE;
    }
}

struct vector {
    struct clt_buffer buffer;
    uint8_t *sent, *got;
};

struct run { /* of one case */
    const struct clt_bench *bench;
    struct clt_case *c;
    struct vector vector[VECTORS];
    struct clt_vectors vectors; /* borrows the vectors' buffers */
    struct clt_feed feed;
    struct clt_member_state state;
    struct clt_buffer seeds, threshold, factor;
    struct clt_step_tables tables;
};

static void run_free(struct run *run)
{
    struct clt_buffer *const buffers[] = {
        &run->feed.labels,    &run->feed.order, &run->feed.rows,  &run->feed.rates,
        &run->feed.cursor,    &run->state.loss, &run->state.hits, &run->state.frozen,
        &run->state.overflow, &run->seeds,      &run->threshold,  &run->factor};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) clt_buffer_free(buffers[i]);
    for (size_t i = 0; i < VECTORS; i++) {
        clt_buffer_free(&run->vector[i].buffer);
        free(run->vector[i].sent);
        free(run->vector[i].got);
    }
    clt_step_tables_free(&run->tables);
}

/* Arrays one behind the other, a band before each; returns where the vector ends. Gradients stand
 * where their parameters do, and running statistics where those of the batch do. */
static size_t place_arrays(struct clt_case *c, size_t vector)
{
    size_t end = 0;
    for (size_t i = 0; i < CLT_CASE_ARRAYS; i++) {
        struct clt_case_array *array = &c->array[i];
        if (vector_of((enum clt_case_name)i) != vector) continue;
        array->offset = end + BAND;
        end = array->offset + array->size;
    }
    return end;
}

/* Where on the device element i of the host's array stands. */
static size_t place_of(const struct clt_case *c, const struct clt_case_array *array, size_t i)
{
    const struct clt_batch *batch = &c->setup.batch;
    if (!array->is_batch) return array->offset + i;
    const size_t feature = i / batch->size, member = feature / array->features;
    return array->offset + member * array->features * batch->pitch +
           clt_batch_at(batch, array->features, feature % array->features, i % batch->size);
}

static void put(enum clt_real real, uint8_t *bytes, size_t place, double value)
{
    const float narrow = (float)value;
    if (real == CLT_DOUBLE)
        memcpy(bytes + place * sizeof value, &value, sizeof value);
    else
        memcpy(bytes + place * sizeof narrow, &narrow, sizeof narrow);
}

static double get(enum clt_real real, const uint8_t *bytes, size_t place)
{
    double wide;
    float narrow;
    if (real == CLT_DOUBLE)
        memcpy(&wide, bytes + place * sizeof wide, sizeof wide);
    else
        memcpy(&narrow, bytes + place * sizeof narrow, sizeof narrow);
    return real == CLT_DOUBLE ? wide : (double)narrow;
}

/* In one piece: oclgrind 21.10 takes what is written at an offset for uninitialised. */
static enum clt_status send_vector(struct run *run, size_t number)
{
    enum clt_status st = CLT_OK;
    struct clt_case *c = run->c;
    struct vector *vector = &run->vector[number];
    const size_t end = place_arrays(c, number) + (run->bench->tight ? 0 : BAND);
    const size_t size = end * clt_real_size(c->real);
    vector->sent = malloc(size);
    vector->got = malloc(size);
    if (!vector->sent || !vector->got) return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
    memset(vector->sent, 0xFF, size); /* NaN in either real */
    for (size_t i = 0; i < CLT_CASE_ARRAYS; i++) {
        const struct clt_case_array *array = &c->array[i];
        if (vector_of((enum clt_case_name)i) != number) continue;
        for (size_t j = 0; j < array->count; j++)
            put(c->real, vector->sent, place_of(c, array, j), array->values[j]);
    }
    TRY(clt_buffer_create_filled(&vector->buffer, run->bench->device, vector->sent, size));
done:
    return st;
}

static void collect_array(struct run *run, const struct vector *vector, enum clt_case_name name)
{
    struct clt_case *c = run->c;
    struct clt_case_array *array = &c->array[name];
    const size_t element = clt_real_size(c->real);
    for (size_t j = 0; j < array->count; j++)
        array->got[j] = get(c->real, vector->got, place_of(c, array, j));
    if (array->role != CLT_UNCHANGED) /* padding included: anything may stand there */
        memcpy(vector->got + array->offset * element, vector->sent + array->offset * element,
               array->size * element);
}

/* What was not to be written must have kept its bits. */
static enum clt_status collect_vector(struct run *run, size_t number)
{
    enum clt_status st = CLT_OK;
    struct vector *vector = &run->vector[number];
    TRY(clt_buffer_read(&vector->buffer, 0, vector->got, vector->buffer.size));
    for (size_t i = 0; i < CLT_CASE_ARRAYS; i++)
        if (vector_of((enum clt_case_name)i) == number)
            collect_array(run, vector, (enum clt_case_name)i);
    if (memcmp(vector->got, vector->sent, vector->buffer.size) != 0)
        run->c->damaged = vector_names[number];
done:
    return st;
}

/* --- the feed, with one row before the one in use, and the members --- */

static enum clt_status send_samples(struct run *run)
{
    const struct clt_case *c = run->c;
    const size_t batch = c->setup.batch.size, samples = batch + 5;
    enum clt_status st = CLT_OK;
    uint16_t *labels = calloc(samples, sizeof *labels);
    uint32_t *order = calloc(FIRST + batch, sizeof *order);
    const struct clt_feed_row rows[CURSOR + 1] = {[CURSOR] = {.first = FIRST, .update = c->update}};
    const uint32_t cursor[2] = {CURSOR, CURSOR};
    if (!labels || !order) TRY(clt_fail(CLT_E_NOMEM, "no memory for the self-test"));
    for (size_t b = 0; b < batch; b++) {
        order[FIRST + b] = (uint32_t)(samples - 1 - b); /* none twice */
        labels[order[FIRST + b]] = c->labels[b];
    }
    TRY(clt_buffer_create_filled(&run->feed.labels, run->bench->device, labels,
                                 samples * sizeof *labels));
    TRY(clt_buffer_create_filled(&run->feed.order, run->bench->device, order,
                                 (FIRST + batch) * sizeof *order));
    TRY(clt_buffer_create_filled(&run->feed.rows, run->bench->device, rows, sizeof rows));
    TRY(clt_buffer_create_filled(&run->feed.cursor, run->bench->device, cursor, sizeof cursor));
done:
    free(labels);
    free(order);
    return st;
}

/* `count` reals from `value`, after `before` that are NaN. */
static enum clt_status send_reals(struct run *run, struct clt_buffer *out, size_t before,
                                  const double *value, size_t count)
{
    enum clt_status st = CLT_OK;
    const enum clt_real real = run->c->real;
    const size_t size = (before + count) * clt_real_size(real);
    uint8_t *bytes = malloc(size);
    if (!bytes) return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
    memset(bytes, 0xFF, size);
    for (size_t i = 0; i < count; i++) put(real, bytes, before + i, value[i]);
    TRY(clt_buffer_create_filled(out, run->bench->device, bytes, size));
done:
    free(bytes);
    return st;
}

/* Arrays of one kind each, from all members. */
struct members {
    double *rates, *factor, *loss; /* [P][CLT_RATES], [P], [P][2] */
    uint64_t *seeds, *frozen;
    uint32_t *hits, *overflow, *threshold; /* threshold, of dropout's layers: [layers][P] */
};

static void members_free(struct members *m)
{
    free(m->rates);
    free(m->factor);
    free(m->loss);
    free(m->seeds);
    free(m->frozen);
    free(m->hits);
    free(m->overflow);
    free(m->threshold);
}

static enum clt_status members_create(struct members *m, const struct clt_case *c)
{
    const size_t n = c->setup.members, before = c->layer * n;
    *m = (struct members){calloc(CLT_RATES * n, sizeof *m->rates),
                          calloc(n, sizeof *m->factor),
                          calloc(2 * n, sizeof *m->loss),
                          calloc(n, sizeof *m->seeds),
                          calloc(n, sizeof *m->frozen),
                          calloc(n, sizeof *m->hits),
                          calloc(n, sizeof *m->overflow),
                          calloc(before + n, sizeof *m->threshold)};
    if (!m->rates || !m->factor || !m->loss || !m->seeds || !m->frozen || !m->hits ||
        !m->overflow || !m->threshold) {
        members_free(m);
        return clt_fail(CLT_E_NOMEM, "no memory for the self-test");
    }
    for (size_t p = 0; p < n; p++) {
        const struct clt_case_member *of = &c->member[p];
        m->rates[CLT_RATES * p] = of->rate;
        m->rates[CLT_RATES * p + 1] = of->decay;
        m->factor[p] = of->factor;
        m->loss[2 * p] = of->sent.loss;
        m->seeds[p] = of->seed;
        m->frozen[p] = of->sent.frozen;
        m->hits[p] = of->sent.hits;
        m->overflow[p] = of->sent.overflow;
        m->threshold[before + p] = of->threshold;
    }
    return CLT_OK;
}

static enum clt_status send_members(struct run *run)
{
    enum clt_status st = CLT_OK;
    const struct clt_case *c = run->c;
    const struct clt_bench *bench = run->bench;
    const size_t n = c->setup.members, before = c->layer * n;
    struct members m;
    TRY(members_create(&m, c));
    st = send_reals(run, &run->feed.rates, CURSOR * n * CLT_RATES, m.rates, n * CLT_RATES);
    if (st == CLT_OK) st = send_reals(run, &run->factor, before, m.factor, n);
    if (st == CLT_OK) st = send_reals(run, &run->state.loss, 0, m.loss, n * 2);
    if (st == CLT_OK)
        st = clt_buffer_create_filled(&run->seeds, bench->device, m.seeds, n * sizeof *m.seeds);
    if (st == CLT_OK)
        st = clt_buffer_create_filled(&run->threshold, bench->device, m.threshold,
                                      (before + n) * sizeof *m.threshold);
    if (st == CLT_OK)
        st = clt_buffer_create_filled(&run->state.hits, bench->device, m.hits, n * sizeof *m.hits);
    if (st == CLT_OK)
        st = clt_buffer_create_filled(&run->state.frozen, bench->device, m.frozen,
                                      n * sizeof *m.frozen);
    if (st == CLT_OK)
        st = clt_buffer_create_filled(&run->state.overflow, bench->device, m.overflow,
                                      n * sizeof *m.overflow);
    members_free(&m);
done:
    return st;
}

static enum clt_status collect_members(struct run *run)
{
    enum clt_status st = CLT_OK;
    struct clt_case *c = run->c;
    const size_t n = c->setup.members, real = clt_real_size(c->real);
    struct members m;
    TRY(members_create(&m, c));
    const struct clt_member_state *s = &run->state;
    st = clt_buffer_read(&s->loss, 0, m.loss, n * 2 * real);
    if (st == CLT_OK) st = clt_buffer_read(&s->hits, 0, m.hits, n * sizeof *m.hits);
    if (st == CLT_OK) st = clt_buffer_read(&s->frozen, 0, m.frozen, n * sizeof *m.frozen);
    if (st == CLT_OK) st = clt_buffer_read(&s->overflow, 0, m.overflow, n * sizeof *m.overflow);
    for (size_t p = 0; p < n; p++)
        c->member[p].got =
            (struct clt_case_state){.loss = get(c->real, (const uint8_t *)m.loss, 2 * p),
                                    .hits = m.hits[p],
                                    .overflow = m.overflow[p],
                                    .frozen = m.frozen[p]};
    members_free(&m);
done:
    return st;
}

/* The loss, and nothing else, moves `next` on. */
static enum clt_status collect_cursor(struct run *run)
{
    enum clt_status st = CLT_OK;
    uint32_t cursor[2];
    TRY(clt_buffer_read(&run->feed.cursor, 0, cursor, sizeof cursor));
    const bool is_loss = run->c->op->step == CLT_STEP_LOSS;
    if (cursor[0] != (is_loss ? CURSOR + 1 : CURSOR) || cursor[1] != CURSOR)
        run->c->damaged = "cursor";
done:
    return st;
}

/* --- the launch --- */

static size_t at(const struct clt_case *c, enum clt_case_name name)
{
    return c->array[name].offset;
}

static struct clt_row_op row_op_of(const struct clt_case *c)
{
    const bool reads_input =
        c->op->row == CLT_ROW_BATCH_NORM_BACKWARD || c->op->row == CLT_ROW_BATCH_NORM;
    return (struct clt_row_op){.kind = c->op->row,
                               .in = at(c, c->op->forward ? CLT_G : CLT_X),
                               .out = at(c, clt_case_output(c)),
                               .kept = at(c, reads_input ? CLT_X : CLT_Y),
                               .weight = at(c, CLT_WEIGHT),
                               .bias = at(c, CLT_BIAS),
                               .mean = at(c, CLT_MEAN),
                               .variance = at(c, CLT_VARIANCE),
                               .layer = c->layer,
                               .setting = c->op->setting,
                               .momentum = CLT_CASE_MOMENTUM};
}

static struct clt_step step_of(const struct clt_case *c)
{
    const bool is_forward = c->op->step == CLT_STEP_FORWARD || c->op->step == CLT_STEP_LOSS;
    return (struct clt_step){.kind = c->op->step,
                             .layer = c->layer,
                             .loss = c->op->loss,
                             .x = at(c, c->op->step == CLT_STEP_INPUT_GRADIENT ? CLT_GX : CLT_X),
                             .y = at(c, is_forward ? CLT_Y : CLT_G),
                             .weight = at(c, CLT_WEIGHT),
                             .in = c->setup.in,
                             .out = c->setup.out,
                             .shared = c->setup.shared && c->op->step != CLT_STEP_INPUT_GRADIENT};
}

static enum clt_status append_step(struct clt_launch_list *list, struct run *run,
                                   const struct clt_gemm *gemm,
                                   const struct clt_step_memory *memory)
{
    enum clt_status st = CLT_OK;
    const struct clt_case *c = run->c;
    const struct clt_step_mode mode = {c->setup.batch, !c->op->evaluates, c->setup.updates};
    const struct clt_step nothing = {.kind = CLT_STEP_ROWS, .out = 1};
    struct clt_steps steps = {0};
    if (c->op->step == CLT_STEP_ROWS)
        TRY(clt_steps_add_row_op(&steps, c->setup.out, row_op_of(c)));
    else
        TRY(clt_steps_add(&steps, step_of(c)));
    if (c->setup.joined) TRY(clt_steps_add(&steps, nothing));
    TRY(clt_op_steps(list, &run->tables, gemm, memory, &mode, &steps));
done:
    clt_steps_free(&steps);
    return st;
}

static enum clt_status launch(struct run *run, const struct clt_gemm *gemm,
                              const struct clt_case_launcher *launcher)
{
    enum clt_status st = CLT_OK;
    struct clt_case *c = run->c;
    struct clt_launch_list *list;
    const struct clt_step_memory memory = {.vectors = &run->vectors,
                                           .feed = &run->feed,
                                           .state = &run->state,
                                           .workspace = &run->vector[WORKSPACE].buffer,
                                           .seeds = &run->seeds,
                                           .threshold = &run->threshold,
                                           .factor = &run->factor};
    TRY(clt_launch_list_create(&list, run->bench->device, c->real));
    st = launcher ? launcher->append(list, c, &memory, launcher->self)
                  : append_step(list, run, gemm, &memory);
    c->launches = clt_launch_list_count(list);
    for (size_t i = 1; st == CLT_OK && i < c->repeats; i++) st = clt_launch_list_enqueue(list);
    TRY(clt_bench_run(st, list));
done:
    return st;
}

enum clt_status clt_case_run(struct clt_case *c, const struct clt_bench *bench,
                             const struct clt_gemm *gemm, const struct clt_case_launcher *launcher)
{
    enum clt_status st = CLT_OK;
    struct run run = {.bench = bench, .c = c, .state.members = c->setup.members};
    c->damaged = NULL;
    for (size_t i = 0; i < VECTORS; i++) TRY(send_vector(&run, i));
    TRY(send_samples(&run));
    TRY(send_members(&run));
    run.vectors = (struct clt_vectors){.parameters = run.vector[PARAMETERS].buffer,
                                       .gradients = run.vector[GRADIENTS].buffer,
                                       .running = run.vector[RUNNING].buffer,
                                       .statistics = run.vector[STATISTICS].buffer};
    TRY(launch(&run, gemm, launcher));
    for (size_t i = 0; i < VECTORS; i++) TRY(collect_vector(&run, i));
    TRY(collect_members(&run));
    TRY(collect_cursor(&run));
done:
    run_free(&run);
    return st;
}
