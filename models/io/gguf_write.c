/* GGUF v3; the layout stands in gguf.c. */
#include "models/io/gguf_write.h"

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "models/io/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALIGNMENT = 32, GGUF_VERSION = 3 };

struct gguf_writer {
    char *path;
    char *aside; /* its name until all is there; NULL while it has none */
    int fd;
    bool lent; /* the file is the caller's and gets no name */
    struct tare_buf keys, infos;
    uint64_t n_keys, n_tensors;
    size_t *sizes, sizes_capacity; /* [n_tensors] */
    size_t data_bytes, file_bytes;
    size_t current, written; /* the tensor that data is of, and how much of it is there */
};

/* The number in a file, counted from 1; 0 where GGUF has none. */
static const uint8_t numbers[KN_N_TYPES] = {
#define GGUF_TYPE(number, name) [KN_TYPE_##name] = (number) + 1,
#define GGUF_OTHER(number, name)
#include "models/io/gguf_types.def"
#undef GGUF_TYPE
#undef GGUF_OTHER
};

bool gguf_has_type(enum kn_type type)
{
    return numbers[type] != 0;
}

static int fail_write(const struct gguf_writer *w)
{
    return tare_fail(TARE_EIO, "%s: cannot write: %s", w->path, strerror(errno));
}

static char *name_aside(const char *path)
{
    return tare_format("%s.%ld.tmp", path, (long)getpid());
}

/* A file that has no name yet: the system removes it however the program ends. -1 where the file system has no such
 * files. */
static int open_nameless(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? tare_strndup(path, (size_t)(slash - path) + 1) : tare_strdup("./");
    int fd = folder ? open(folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644) : -1;
    free(folder);
    return fd;
}

/* Gives it one. Where there is no /proc that takes a privilege. */
static int link_aside(struct gguf_writer *w)
{
    char from[64];
    snprintf(from, sizeof from, "/proc/self/fd/%d", w->fd);
    char *aside = name_aside(w->path);
    if (!aside)
        return TARE_ENOMEM;
    if (linkat(AT_FDCWD, from, AT_FDCWD, aside, AT_SYMLINK_FOLLOW) &&
        linkat(w->fd, "", AT_FDCWD, aside, AT_EMPTY_PATH)) {
        free(aside);
        return fail_write(w);
    }
    w->aside = aside;
    return 0;
}

static int create_aside(struct gguf_writer *w)
{
    w->aside = name_aside(w->path);
    if (!w->aside)
        return TARE_ENOMEM;
    w->fd = open(w->aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (w->fd >= 0)
        return 0;
    free(w->aside); /* it is not ours to remove */
    w->aside = NULL;
    return fail_write(w);
}

int gguf_create(struct gguf_writer **out, const char *path)
{
    struct stat there;
    *out = NULL;
    if (!*path)
        return tare_fail(TARE_EUSAGE, "the name of the file to write is empty");
    if (stat(path, &there) == 0 && S_ISDIR(there.st_mode))
        return tare_fail(TARE_EIO, "%s: cannot write: it is a folder, name a file", path);
    struct gguf_writer *w = *out = tare_calloc(1, sizeof *w);
    if (!w)
        return TARE_ENOMEM;
    w->fd = -1;
    w->path = tare_strdup(path);
    int rc = w->path ? 0 : TARE_ENOMEM;
    if (!rc && (w->fd = open_nameless(path)) < 0)
        rc = create_aside(w);
    if (rc) {
        gguf_abandon(w);
        *out = NULL;
    }
    return rc;
}

int gguf_create_in(struct gguf_writer **out, int fd)
{
    struct gguf_writer *w = *out = tare_calloc(1, sizeof *w);
    if (!w)
        return TARE_ENOMEM;
    w->fd = fd;
    w->lent = true;
    w->path = tare_format("/proc/self/fd/%d", fd);
    if (w->path)
        return 0;
    gguf_abandon(w);
    *out = NULL;
    return TARE_ENOMEM;
}

static void add_number(struct tare_buf *b, uint64_t value, size_t bytes)
{
    uint8_t p[8];
    for (size_t i = 0; i < bytes; i++)
        p[i] = (uint8_t)(value >> 8 * i);
    tare_buf_add(b, p, bytes);
}

static void add_string(struct tare_buf *b, const char *text, size_t len)
{
    add_number(b, len, 8);
    tare_buf_add(b, text, len);
}

static void add_key(struct gguf_writer *w, const char *key, enum gguf_value type)
{
    add_string(&w->keys, key, strlen(key));
    add_number(&w->keys, type, 4);
    w->n_keys++;
}

static void add_array(struct gguf_writer *w, const char *key, enum gguf_value type, size_t n)
{
    add_key(w, key, GGUF_ARRAY);
    add_number(&w->keys, type, 4);
    add_number(&w->keys, n, 8);
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

void gguf_text(struct gguf_writer *w, const char *key, const char *text)
{
    add_key(w, key, GGUF_STRING);
    add_string(&w->keys, text, strlen(text));
}

void gguf_u32(struct gguf_writer *w, const char *key, uint32_t value)
{
    add_key(w, key, GGUF_U32);
    add_number(&w->keys, value, 4);
}

void gguf_f32(struct gguf_writer *w, const char *key, float value)
{
    add_key(w, key, GGUF_F32);
    add_number(&w->keys, bits_of(value), 4);
}

void gguf_bool(struct gguf_writer *w, const char *key, bool value)
{
    add_key(w, key, GGUF_BOOL);
    add_number(&w->keys, value, 1);
}

void gguf_texts(struct gguf_writer *w, const char *key, size_t n)
{
    add_array(w, key, GGUF_STRING, n);
}

void gguf_f32s(struct gguf_writer *w, const char *key, size_t n)
{
    add_array(w, key, GGUF_F32, n);
}

void gguf_i32s(struct gguf_writer *w, const char *key, size_t n)
{
    add_array(w, key, GGUF_I32, n);
}

void gguf_add_text(struct gguf_writer *w, const char *text, size_t len)
{
    add_string(&w->keys, text, len);
}

void gguf_add_f32(struct gguf_writer *w, float value)
{
    add_number(&w->keys, bits_of(value), 4);
}

void gguf_add_i32(struct gguf_writer *w, int32_t value)
{
    add_number(&w->keys, (uint32_t)value, 4);
}

void gguf_copy(struct gguf_writer *w, const struct lm_file *f, const char *key)
{
    const struct lm_entry *e = f->entries;
    size_t i = 0;
    while (i < f->n_entries && strcmp(e[i].key, key) != 0)
        i++;
    if (i == f->n_entries)
        return;
    e += i;
    if (e->array)
        add_array(w, key, e->type, e->count);
    else
        add_key(w, key, e->type);
    if (e->type != GGUF_STRING)
        tare_buf_add(&w->keys, e->data, lm_value_bytes(e->type) * e->count);
    for (size_t k = 0; e->type == GGUF_STRING && k < e->count; k++) {
        const uint8_t *p = e->strings ? e->strings[k] : e->data;
        tare_buf_add(&w->keys, p, 8 + lm_u64(p));
    }
}

int gguf_declare(struct gguf_writer *w, const struct lm_tensor *t)
{
    size_t bytes;
    if (!gguf_has_type(t->type))
        return tare_fail(TARE_EUNSUP, "%s: tensor '%s': GGUF has no type %s", w->path, t->name, kn_type_name(t->type));
    if (!lm_tensor_bytes(t->type, t->n_dims, t->dims, &bytes) || bytes > SIZE_MAX / 2 - w->data_bytes)
        return tare_fail(TARE_EUSAGE, "%s: tensor '%s': its rows are no whole blocks of %s, or it is too large",
                         w->path, t->name, kn_type_name(t->type));
    int rc = tare_grow(&w->sizes, &w->sizes_capacity, w->n_tensors + 1, sizeof *w->sizes);
    if (rc)
        return rc;
    add_string(&w->infos, t->name, strlen(t->name));
    add_number(&w->infos, t->n_dims, 4);
    for (size_t i = t->n_dims; i-- > 0;)
        add_number(&w->infos, t->dims[i], 8);
    add_number(&w->infos, numbers[t->type] - 1u, 4);
    add_number(&w->infos, w->data_bytes, 8);
    w->sizes[w->n_tensors++] = bytes;
    w->data_bytes += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return 0;
}

static int write_all(struct gguf_writer *w, const void *data, size_t len)
{
    const char *p = data;
    while (len) {
        ssize_t put = write(w->fd, p, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return fail_write(w);
        p += put;
        len -= (size_t)put;
    }
    return 0;
}

/* Zeros from a length up to the next multiple of the alignment. */
static int pad(struct gguf_writer *w, size_t len)
{
    static const char zeros[ALIGNMENT];
    return write_all(w, zeros, (ALIGNMENT - len % ALIGNMENT) % ALIGNMENT);
}

/* Asks for all the room at once, so that a disk that is too full says so before the work, where the system can tell. */
static int reserve(const struct gguf_writer *w)
{
    if (fallocate(w->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)w->file_bytes) && errno == ENOSPC)
        return tare_fail(TARE_EIO, "%s: cannot write its %.4g MiB: %s", w->path, (double)w->file_bytes / 0x1p20,
                         strerror(errno));
    return 0;
}

int gguf_begin_data(struct gguf_writer *w)
{
    struct tare_buf head = { 0 };
    tare_buf_str(&head, "GGUF");
    add_number(&head, GGUF_VERSION, 4);
    add_number(&head, w->n_tensors, 8);
    add_number(&head, w->n_keys, 8);
    size_t len = head.len + w->keys.len + w->infos.len;
    int rc = head.failed || w->keys.failed || w->infos.failed ? TARE_ENOMEM : 0;
    w->file_bytes = (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + w->data_bytes;
    if (!rc)
        rc = reserve(w);
    if (!rc)
        rc = write_all(w, head.data, head.len);
    if (!rc)
        rc = write_all(w, w->keys.data, w->keys.len);
    if (!rc)
        rc = write_all(w, w->infos.data, w->infos.len);
    if (!rc)
        rc = pad(w, len);
    tare_buf_free(&head);
    tare_buf_free(&w->keys);
    tare_buf_free(&w->infos);
    return rc;
}

int gguf_data(struct gguf_writer *w, const void *data, size_t bytes)
{
    const char *p = data;
    int rc = 0;
    while (bytes && !rc) {
        size_t left = w->sizes[w->current] - w->written, n = bytes < left ? bytes : left;
        rc = write_all(w, p, n);
        p += n;
        bytes -= n;
        w->written += n;
        if (!rc && w->written == w->sizes[w->current]) {
            rc = pad(w, w->written);
            w->current++;
            w->written = 0;
        }
    }
    return rc;
}

int gguf_finish(struct gguf_writer *w)
{
    if (w->lent) {
        gguf_abandon(w);
        return 0;
    }
    int rc = fsync(w->fd) ? fail_write(w) : 0;
    if (!rc && !w->aside)
        rc = link_aside(w);
    if (close(w->fd) && !rc)
        rc = fail_write(w);
    w->fd = -1;
    if (!rc && rename(w->aside, w->path))
        rc = fail_write(w);
    if (!rc) {
        free(w->aside); /* it is gone */
        w->aside = NULL;
    }
    gguf_abandon(w);
    return rc;
}

void gguf_abandon(struct gguf_writer *w)
{
    if (!w)
        return;
    if (w->fd >= 0 && !w->lent)
        close(w->fd);
    if (w->aside)
        unlink(w->aside);
    free(w->aside);
    free(w->path);
    free(w->sizes);
    tare_buf_free(&w->keys);
    tare_buf_free(&w->infos);
    free(w);
}

size_t gguf_file_bytes(const struct gguf_writer *w)
{
    return w->file_bytes;
}
