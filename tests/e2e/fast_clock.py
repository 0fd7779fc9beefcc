"""Time that passes quicker for libcurl alone: the time-outs of SMTP have no settings and take up to five minutes."""

import subprocess

SPEED = 10

# Kernel and event loop keep their time: only what libcurl itself reads as the time since some start is stretched.
SOURCE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <time.h>

static int (*real)(clockid_t, struct timespec *);
static struct timespec start;
static ElfW(Addr) first, last;

static int find_libcurl(struct dl_phdr_info *library, size_t size, void *unused) {
    if (strstr(library->dlpi_name, "libcurl") == NULL) return 0;
    for (int i = 0; i < library->dlpi_phnum; ++i) {
        const ElfW(Phdr) *part = &library->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        first = library->dlpi_addr + part->p_vaddr;
        last = first + part->p_memsz;
    }
    return 1;
}

__attribute__((constructor)) static void begin(void) {
    real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    real(CLOCK_MONOTONIC, &start);
    dl_iterate_phdr(find_libcurl, NULL);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (real == NULL) begin();
    const int result = real(clock, time);
    const ElfW(Addr) caller = (ElfW(Addr))__builtin_return_address(0);
    if (result != 0 || clock == CLOCK_REALTIME || caller < first || caller >= last) return result;
    const long long passed = (time->tv_sec - start.tv_sec) * 1000000000LL + (time->tv_nsec - start.tv_nsec);
    const long long shown = start.tv_sec * 1000000000LL + start.tv_nsec + passed * SPEED;
    time->tv_sec = shown / 1000000000LL;
    time->tv_nsec = shown % 1000000000LL;
    return 0;
}
"""


def fast_clock(folder):
    """Variables for a program to which libcurl's seconds shall be tenths of ours; its library is made in `folder`."""
    library = folder / "fast_clock.so"
    subprocess.run(["clang-19", "-shared", "-fPIC", "-O1", f"-DSPEED={SPEED}", "-x", "c", "-", "-o", str(library)],
                   input=SOURCE, text=True, check=True, capture_output=True)
    return {"LD_PRELOAD": str(library)}
