// Loaded into the daemon by LD_PRELOAD: breaks what it does with the files of one folder, and moves its wall clock.
//
//   SHIM_FOLDER   only files in it are touched
//   SHIM_CONTROL  a file with four numbers, read before every operation, so that a test turns faults on and off while the daemon runs:
//                 faults per thousand operations; which (0 any, 1 EIO, 2 ENOSPC, 3 short write, 4 EROFS);
//                 the operation at which it is killed, counted from 1 (0: none); 1 where that operation is done first
//   SHIM_COUNT    a file that gets a line "NAME PATH" for each fault
//   SHIM_TRACE    a file that gets a line "NAME PATH" for each operation that is done
//   SHIM_SEED     of the faults
//   SHIM_CLOCK    seconds added to the wall clock; the monotonic one is left alone
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { most_files = 4096 };
enum { any_fault, io_error, disk_full, short_write, read_only };

struct Control {
  int per_thousand;
  int kind;
  long kill_at;
  int kill_after;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char* ours[most_files];  // The path, where a descriptor is of a file in the folder.
static unsigned long random_state;
static long operations;

static int in_folder(const char* path) {
  const char* folder = getenv("SHIM_FOLDER");
  return folder != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static struct Control control(void) {
  struct Control now = {0, 0, 0, 0};
  const char* path = getenv("SHIM_CONTROL");
  const int file = path == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  char text[100] = {0};
  if (file < 0) return now;
  if (read(file, text, sizeof text - 1) > 0) sscanf(text, "%d %d %ld %d", &now.per_thousand, &now.kind, &now.kill_at, &now.kill_after);
  syscall(SYS_close, file);
  return now;
}

static void note(const char* variable, const char* name, const char* of) {
  const char* path = getenv(variable);
  const int file = path == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  char line[4200];
  if (file < 0) return;
  const int length = snprintf(line, sizeof line, "%s %s\n", name, of);
  syscall(SYS_write, file, line, (size_t)length);
  syscall(SYS_close, file);
}

static int kill_after_this;

// 0: the operation is done; else the kind of fault that it meets.
static int meets(const char* name, const char* path) {
  pthread_mutex_lock(&mutex);
  const struct Control now = control();
  if (random_state == 0) random_state = getenv("SHIM_SEED") == NULL ? 1 : strtoul(getenv("SHIM_SEED"), NULL, 10) + 1;
  ++operations;
  kill_after_this = now.kill_at == operations && now.kill_after;
  if (now.kill_at == operations && !now.kill_after) raise(SIGKILL);
  random_state = random_state * 6364136223846793005UL + 1442695040888963407UL;
  const unsigned long drawn = random_state >> 33;
  int kind = 0;
  if ((int)(drawn % 1000) < now.per_thousand) kind = now.kind == any_fault ? (int)(1 + drawn / 1000 % 4) : now.kind;
  note(kind != 0 ? "SHIM_COUNT" : "SHIM_TRACE", name, path);
  pthread_mutex_unlock(&mutex);
  return kind;
}

static void done(void) {
  if (kill_after_this) raise(SIGKILL);
}

static int error_of(int kind) { return kind == disk_full || kind == short_write ? ENOSPC : kind == read_only ? EROFS : EIO; }

#define REAL(result, name, ...) \
  static result (*real)(__VA_ARGS__); \
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, name)

static int opened(const char* path, int flags, mode_t mode) {
  const int changes = (flags & O_ACCMODE) != O_RDONLY;
  const int kind = in_folder(path) && changes ? meets("open", path) : 0;
  if (kind != 0) return errno = error_of(kind), -1;
  const int file = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  if (file >= 0 && file < most_files && in_folder(path)) ours[file] = strdup(path);
  if (in_folder(path) && changes) done();
  return file;
}

static mode_t mode_in(int flags, va_list arguments) { return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(arguments, int) : 0; }

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  return opened(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  return opened(path, flags, mode);
}

int close(int file) {
  REAL(int, "close", int);
  if (file >= 0 && file < most_files) {
    free(ours[file]);
    ours[file] = NULL;
  }
  return real(file);
}

ssize_t write(int file, const void* bytes, size_t size) {
  REAL(ssize_t, "write", int, const void*, size_t);
  if (file < 0 || file >= most_files || !ours[file]) return real(file, bytes, size);
  const int kind = meets("write", ours[file]);
  if (kind == short_write && size > 1) return real(file, bytes, size / 2);
  // A disk that fills up takes the first half; what comes next is told that it is full.
  if (kind != 0) return errno = error_of(kind), -1;
  const ssize_t written = real(file, bytes, size);
  done();
  return written;
}

static int synced(int file, const char* name, int (*real)(int)) {
  if (file < 0 || file >= most_files || !ours[file]) return real(file);
  const int kind = meets(name, ours[file]);
  if (kind != 0) return errno = error_of(kind), -1;
  const int result = real(file);
  done();
  return result;
}
int fsync(int file) {
  REAL(int, "fsync", int);
  return synced(file, "fsync", real);
}
int fdatasync(int file) {
  REAL(int, "fdatasync", int);
  return synced(file, "fdatasync", real);
}

int rename(const char* from, const char* to) {
  REAL(int, "rename", const char*, const char*);
  if (!in_folder(from)) return real(from, to);
  const int kind = meets("rename", to);
  if (kind != 0) return errno = error_of(kind), -1;
  const int result = real(from, to);
  done();
  return result;
}

int unlink(const char* path) {
  REAL(int, "unlink", const char*);
  if (!in_folder(path)) return real(path);
  const int kind = meets("unlink", path);
  if (kind != 0) return errno = error_of(kind), -1;
  const int result = real(path);
  done();
  return result;
}

static long clock_offset(void) {
  const char* text = getenv("SHIM_CLOCK");
  return text == NULL ? 0 : strtol(text, NULL, 10);
}

int clock_gettime(clockid_t which, struct timespec* now) {
  REAL(int, "clock_gettime", clockid_t, struct timespec*);
  const int result = real(which, now);
  if (result == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) now->tv_sec += clock_offset();
  return result;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
  (void)zone;
  struct timespec precise;
  if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* out) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  if (out != NULL) *out = precise.tv_sec;
  return precise.tv_sec;
}
