// SPDX-License-Identifier: MulanPSL-2.0
// Signals, see interrupt.h.
#include "cmd/interrupt.h"

#include "traces/output.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

// A handler has no argument, so that what it tells the command stands here.
static atomic_bool allowed;
static atomic_int caught;

static void on_signal(int number)
{
    int none = 0;

    if ((number == SIGINT || number == SIGTERM) && atomic_load(&allowed) &&
        atomic_compare_exchange_strong(&caught, &none, number))
        return;
    output_remove_unfinished();
    _exit(128 + number);
}

void interrupt_install(void)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGPIPE, SIGTERM};
    struct sigaction act, old;

    // Files that are opened later must not become standard streams that are closed.
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
            _exit(2);
    memset(&act, 0, sizeof act);
    sigemptyset(&act.sa_mask);
    act.sa_handler = SIG_IGN;
    sigaction(SIGXFSZ, &act, NULL); // a write error like any other
    act.sa_handler = on_signal;
    act.sa_flags = SA_RESTART; // a report that is being written goes on
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (sigaction(numbers[i], NULL, &old) == 0 &&
            !(numbers[i] == SIGHUP && old.sa_handler == SIG_IGN)) // nohup
            sigaction(numbers[i], &act, NULL);
}

void interrupt_allow(void) { atomic_store(&allowed, true); }
bool interrupt_asked(void) { return atomic_load(&caught) != 0; }

int interrupt_status(void)
{
    int number = atomic_load(&caught);
    return number ? 128 + number : 0;
}
