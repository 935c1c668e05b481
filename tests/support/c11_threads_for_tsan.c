// Lets the thread sanitizer see librdkafka's threads. Debian's librdkafka uses glibc's C11 threads, mutexes and condition
// variables, which the sanitizer does not intercept; here they become the pthread calls that it does. glibc keeps the C11
// types in the memory of the pthread types, so the casts are what its own implementation does.
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

struct Start {
  thrd_start_t function;
  void* argument;
};

static void* run(void* start) {
  const struct Start copy = *(struct Start*)start;
  free(start);
  return (void*)(long)copy.function(copy.argument);
}

static int result(int error) { return error == 0 ? thrd_success : thrd_error; }

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  struct Start* const start = malloc(sizeof *start);
  if (start == NULL) return thrd_nomem;
  start->function = function;
  start->argument = argument;
  return result(pthread_create((pthread_t*)thread, NULL, run, start));
}

int thrd_join(thrd_t thread, int* code) {
  void* value = NULL;
  const int error = pthread_join((pthread_t)thread, &value);
  if (code != NULL) *code = (int)(long)value;
  return result(error);
}

int thrd_detach(thrd_t thread) { return result(pthread_detach((pthread_t)thread)); }

int mtx_init(mtx_t* mutex, int type) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  if (type & mtx_recursive) pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  const int error = pthread_mutex_init((pthread_mutex_t*)mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return result(error);
}

void mtx_destroy(mtx_t* mutex) { pthread_mutex_destroy((pthread_mutex_t*)mutex); }
int mtx_lock(mtx_t* mutex) { return result(pthread_mutex_lock((pthread_mutex_t*)mutex)); }
int mtx_trylock(mtx_t* mutex) { return pthread_mutex_trylock((pthread_mutex_t*)mutex) == 0 ? thrd_success : thrd_busy; }
int mtx_unlock(mtx_t* mutex) { return result(pthread_mutex_unlock((pthread_mutex_t*)mutex)); }

int cnd_init(cnd_t* condition) { return result(pthread_cond_init((pthread_cond_t*)condition, NULL)); }
void cnd_destroy(cnd_t* condition) { pthread_cond_destroy((pthread_cond_t*)condition); }
int cnd_signal(cnd_t* condition) { return result(pthread_cond_signal((pthread_cond_t*)condition)); }
int cnd_broadcast(cnd_t* condition) { return result(pthread_cond_broadcast((pthread_cond_t*)condition)); }
int cnd_wait(cnd_t* condition, mtx_t* mutex) { return result(pthread_cond_wait((pthread_cond_t*)condition, (pthread_mutex_t*)mutex)); }

int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const struct timespec* until) {
  const int error = pthread_cond_timedwait((pthread_cond_t*)condition, (pthread_mutex_t*)mutex, until);
  if (error == 0) return thrd_success;
  return error == ETIMEDOUT ? thrd_timedout : thrd_error;
}
