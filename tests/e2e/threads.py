"""What threads share, for a program built with ThreadSanitizer, which ends with exit code 66 where
they race: the thread that waits for signals, and a driver that copies what the host writes."""
import os
import signal

from cltrain import LONG, Small, expect_equal, main, write_small_data


def streams_while_it_trains(where):
    small = Small(where)
    small.env = {'CLTRAIN_SMALL_DATA': write_small_data(where / 'streamed', train=1700)}
    run = small.run('run', train__epochs=3, data__device_memory=1, report__every_updates=13)
    expect_equal(run.json['status'], 'done', 'a data set that streams')


def stops_at_signals(where):
    small = Small(where)
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        process, started = small.start(number.name, **LONG)
        os.kill(process.pid, number)
        err = process.communicate(timeout=300)[1]
        expect_equal((process.returncode, 'ThreadSanitizer' in err), (code, False), number.name)
        expect_equal(started.json['status'], 'interrupted', 'run.json')


main(streams_while_it_trains, stops_at_signals)
