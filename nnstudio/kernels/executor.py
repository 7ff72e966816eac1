"""The native loop that every thread of the team runs: all ops of a step, for many steps.

It is written in LLVM's language and called through ctypes, which releases the interpreter lock.
The last thread to arrive at the end of a step counts the step and decides for all whether to go on.

The work of an op is cut into as many shares as the program has threads. A smaller team runs several
shares a thread: the result is the same, bit for bit.
"""

from __future__ import annotations

from nnstudio.kernels.cpu import is_arm
from nnstudio.kernels.program import (
    ARRIVALS,
    HALT,
    LEAVE,
    RELEASED,
    STEP,
    STEPS_DONE,
    STOP,
)

ENTRY = "nnstudio_executor"
BARRIER_BEFORE = 1
SERIAL = 2
SPINS = 2000

# The arguments of the native loop, all int64.
WORDS = ("ops", "count", "tid", "threads", "shares", "control", "steps", "yield")

_CODE = """
{declaration}

define internal void @wait(ptr %released, i64 %goal, ptr %yield) {{
start:
  br label %spin
spin:
  %n = phi i64 [ 0, %start ], [ %n1, %pause ], [ %n, %rest ]
  %now = load atomic i64, ptr %released acquire, align 8
  %open = icmp sge i64 %now, %goal
  br i1 %open, label %done, label %wait
wait:
  %long = icmp sgt i64 %n, {spins}
  br i1 %long, label %rest, label %pause
pause:
  {pause}
  %n1 = add i64 %n, 1
  br label %spin
rest:
  %ignored = call i32 %yield()
  br label %spin
done:
  ret void
}}

define i64 @{entry}(i64 %ops_, i64 %count, i64 %tid, i64 %threads, i64 %shares, i64 %control_,
                    i64 %steps, i64 %yield_) {{
start:
  %ops = inttoptr i64 %ops_ to ptr
  %control = inttoptr i64 %control_ to ptr
  %yield = inttoptr i64 %yield_ to ptr
  %arrivals = getelementptr i64, ptr %control, i64 {arrivals}
  %released = getelementptr i64, ptr %control, i64 {released}
  %stop = getelementptr i64, ptr %control, i64 {stop}
  %halt = getelementptr i64, ptr %control, i64 {halt}
  %done = getelementptr i64, ptr %control, i64 {done}
  %step = getelementptr i64, ptr %control, i64 {step}
  %leave = getelementptr i64, ptr %control, i64 {leave}
  %many = icmp sgt i64 %threads, 1
  br label %new_step
new_step:
  %goal0 = phi i64 [ 0, %start ], [ %goal5, %go_on ]
  br label %next
next:
  %i = phi i64 [ 0, %new_step ], [ %i1, %called ]
  %goal1 = phi i64 [ %goal0, %new_step ], [ %goal4, %called ]
  %ended = icmp sge i64 %i, %count
  br i1 %ended, label %end, label %op
op:
  %at = mul i64 %i, 3
  %pf = getelementptr i64, ptr %ops, i64 %at
  %pb = getelementptr i64, ptr %pf, i64 1
  %pm = getelementptr i64, ptr %pf, i64 2
  %function_ = load i64, ptr %pf
  %function = inttoptr i64 %function_ to ptr
  %block = load i64, ptr %pb
  %mode = load i64, ptr %pm
  %b = and i64 %mode, {barrier}
  %before = icmp ne i64 %b, 0
  %meets = and i1 %before, %many
  br i1 %meets, label %meet, label %call
meet:
  %goal2 = add i64 %goal1, %threads
  %came = atomicrmw add ptr %arrivals, i64 1 acq_rel
  %came1 = add i64 %came, 1
  %last = icmp eq i64 %came1, %goal2
  br i1 %last, label %open, label %closed
open:
  store atomic i64 %goal2, ptr %released release, align 8
  br label %call
closed:
  call void @wait(ptr %released, i64 %goal2, ptr %yield)
  br label %call
call:
  %goal4 = phi i64 [ %goal1, %op ], [ %goal2, %open ], [ %goal2, %closed ]
  %s = and i64 %mode, {serial}
  %alone = icmp ne i64 %s, 0
  br i1 %alone, label %single, label %all
single:
  %mine = icmp eq i64 %tid, 0
  br i1 %mine, label %first, label %called
first:
  call void %function(i64 %block, i64 0, i64 1)
  br label %called
all:
  %share = phi i64 [ %tid, %call ], [ %share1, %all ]
  call void %function(i64 %block, i64 %share, i64 %shares)
  %share1 = add i64 %share, %threads
  %more = icmp slt i64 %share1, %shares
  br i1 %more, label %all, label %called
called:
  %i1 = add i64 %i, 1
  br label %next
end:
  %goal5 = add i64 %goal1, %threads
  %came2 = atomicrmw add ptr %arrivals, i64 1 acq_rel
  %came3 = add i64 %came2, 1
  %last2 = icmp eq i64 %came3, %goal5
  br i1 %last2, label %count_step, label %closed2
count_step:
  %d = load i64, ptr %done
  %d1 = add i64 %d, 1
  store atomic i64 %d1, ptr %done monotonic, align 8
  %n = load i64, ptr %step
  %n1 = add i64 %n, 1
  store i64 %n1, ptr %step
  %wish = load atomic i64, ptr %stop monotonic, align 8
  %need = load atomic i64, ptr %halt monotonic, align 8
  %either = or i64 %wish, %need
  %cut = icmp ne i64 %either, 0
  %full = icmp sge i64 %d1, %steps
  %out = or i1 %cut, %full
  %out1 = zext i1 %out to i64
  store i64 %out1, ptr %leave
  store atomic i64 %goal5, ptr %released release, align 8
  br label %decide
closed2:
  call void @wait(ptr %released, i64 %goal5, ptr %yield)
  br label %decide
decide:
  %l = load i64, ptr %leave
  %leaves = icmp ne i64 %l, 0
  br i1 %leaves, label %exit, label %go_on
go_on:
  br label %new_step
exit:
  %result = load i64, ptr %done
  ret i64 %result
}}
"""


def executor_code() -> str:
    """Write the module of the native loop for this processor.

    An op is three int64 words: function, argument block, mode (see `BARRIER_BEFORE`, `SERIAL`).
    """
    if is_arm():
        declaration = "declare void @llvm.aarch64.hint(i32)"
        pause = "call void @llvm.aarch64.hint(i32 1)"
    else:
        declaration = "declare void @llvm.x86.sse2.pause()"
        pause = "call void @llvm.x86.sse2.pause()"
    return _CODE.format(
        declaration=declaration,
        pause=pause,
        spins=SPINS,
        entry=ENTRY,
        arrivals=ARRIVALS,
        released=RELEASED,
        stop=STOP,
        halt=HALT,
        done=STEPS_DONE,
        step=STEP,
        leave=LEAVE,
        barrier=BARRIER_BEFORE,
        serial=SERIAL,
    )
