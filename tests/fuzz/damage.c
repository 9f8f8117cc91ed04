/* damage.c - small files of every kind, cut short at every byte and with every bit flipped: each is
 * refused with a message, or read to the same values.
 *
 *   damage SEEDS TEXTS   SEEDS: what seeds.py writes; TEXTS: the folder seeds of the source
 *
 * Where a format has no checksum, a changed digit or pixel is another value and no fault; the table
 * says where that may be. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "file.h"
#include "target.h"

#define ALL SIZE_MAX

struct row {
    const char *target, *file;
    bool text;        /* of TEXTS */
    size_t header;    /* the bytes whose bits are flipped; what is behind is data */
    bool flips, cuts; /* may give other values */
};

static const struct row rows[] = {
    {"idx", "images", false, 16, false, false},
    {"idx", "channels", false, 20, false, false},
    {"idx", "gzip", false, ALL, false, false},
    {"idx", "gzip-two", false, ALL, false, false},
    {"idx-labels", "labels", false, 8, false, false},
    {"idx-labels", "gzip", false, ALL, false, false},
    {"cifar10", "two", false, 1, true, true}, /* records without a header: one, and its label */
    {"cifar100", "one", false, 2, true, false},
    {"cifar-names", "names", true, ALL, true, true}, /* the last name may be shorter */
    {"png", "grey", false, ALL, false, false},
    {"png", "colour", false, ALL, false, false},
    {"png", "palette", false, ALL, false, false},
    {"png", "text", false, ALL, false, false},
    {"png", "interlaced", false, ALL, false, false},
    {"jpeg", "grey", true, ALL, true, false},
    {"jpeg", "progressive", true, ALL, true, false},
    {"safetensors", "plain", false, ALL, true, false},
    {"member", "checksum", false, ALL, false, false},
    {"member", "plain", false, ALL, true, false},
    {"state", "checksum", false, ALL, false, false},
    {"cache", "program", false, ALL, false, false},
    {"tuning", "file", false, ALL, false, false},
    {"run-json", "full", true, ALL, true, false},
    {"parts", "three", true, ALL, true, false},
    {"metrics", "rows", true, ALL, true, true},        /* without the last rows */
    {"member-config", "plain", true, ALL, true, true}, /* without the last settings */
};

struct count {
    size_t refused, same, other;
};

/* What came of one input, beside the values of the whole one. */
static void count_one(struct count *count, const struct row *row, const struct reading *whole,
                      const uint8_t *bytes, size_t size)
{
    struct reading reading = {.folder = whole->folder, .bytes = bytes, .size = size};
    if (find_target(row->target)->read(&reading) != CLT_OK) {
        require(*clt_error_message());
        count->refused++;
    } else if (reading.values == whole->values) {
        count->same++;
    } else {
        count->other++;
    }
}

static struct count cut(const struct row *row, const struct reading *whole)
{
    struct count count = {0};
    for (size_t size = 0; size < whole->size; size++) {
        uint8_t *bytes = malloc(size + 1); /* so that a sanitizer sees what is beyond */
        require(bytes);
        memcpy(bytes, whole->bytes, size);
        count_one(&count, row, whole, bytes, size);
        free(bytes);
    }
    return count;
}

static struct count flip(const struct row *row, const struct reading *whole, uint8_t *bytes)
{
    struct count count = {0};
    const size_t end = row->header < whole->size ? row->header : whole->size;
    for (size_t bit = 0; bit < 8 * end; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        count_one(&count, row, whole, bytes, whole->size);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    return count;
}

static void print_count(const struct count *count)
{
    printf("  %7zu  %5zu  %6zu", count->refused, count->same, count->other);
}

static char *path_of(const struct row *row, const char *seeds, const char *texts)
{
    char *folder = clt_path_join(row->text ? texts : seeds, row->target);
    char *path = folder ? clt_path_join(folder, row->file) : NULL;
    free(folder);
    require(path);
    return path;
}

static bool damage(const struct row *row, const char *folder, const char *seeds, const char *texts)
{
    struct reading whole = {.folder = folder};
    uint8_t *bytes;
    char *path = path_of(row, seeds, texts);
    if (clt_file_read(&bytes, &whole.size, path) != CLT_OK) {
        fprintf(stderr, "%s\n", clt_error_message());
        exit(2);
    }
    whole.bytes = bytes;
    if (find_target(row->target)->read(&whole) != CLT_OK) {
        fprintf(stderr, "%s: %s\n", path, clt_error_message());
        exit(2);
    }
    const struct count cuts = cut(row, &whole), flips = flip(row, &whole, bytes);
    const bool well = (row->cuts || cuts.other == 0) && (row->flips || flips.other == 0);
    printf("%-14s  %-12s", row->target, row->file);
    print_count(&cuts);
    print_count(&flips);
    printf("%s\n", well ? "" : "  WRONG");
    free(bytes);
    free(path);
    return well;
}

int main(int argc, char **argv)
{
    char folder[] = "/dev/shm/cltrain-damage-XXXXXX", elsewhere[] = "/tmp/cltrain-damage-XXXXXX";
    char *scratch = mkdtemp(folder) ? folder : mkdtemp(elsewhere);
    bool well = true;
    if (argc != 3 || !scratch) return 2;
    setenv("XDG_CACHE_HOME", scratch, 1);
    printf("%-28s  cut: %22s  flipped bit:\n%-14s  %-12s  refused   same   other  refused   same   "
           "other\n",
           "", "", "target", "file");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        well = damage(&rows[i], scratch, argv[1], argv[2]) && well;
    clt_folder_remove(scratch);
    return well ? 0 : 1;
}
