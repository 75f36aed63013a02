// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "waiting_room.h"

#include <system_error>

namespace kepeng::rpc {

bool WaitingRoom::run(std::function<void()> call) {
  return seats_.with([&](std::list<Seat>& seats) {
    seats.remove_if([](Seat& seat) {
      if (!seat.is_free->load()) return false;
      seat.thread.join();  // it has done its work
      return true;
    });
    if (seats.size() >= seat_count_) return false;
    Seat& seat = seats.emplace_back(Seat{std::make_shared<std::atomic<bool>>(false), {}});
    try {
      seat.thread = std::thread{[call = std::move(call), is_free = seat.is_free]() mutable {
        call();
        call = nullptr;  // what it holds goes before the seat is given away
        is_free->store(true);
      }};
    } catch (const std::system_error&) {
      seats.pop_back();
      return false;
    }
    return true;
  });
}

void WaitingRoom::close() {
  // Taken out of the lock, so that nobody waits for it while we do.
  std::list<Seat> leaving = seats_.with([](std::list<Seat>& seats) { return std::exchange(seats, {}); });
  for (Seat& seat : leaving) seat.thread.join();
}

}  // namespace kepeng::rpc
