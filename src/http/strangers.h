// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Strangers: the connections that have not logged in, and which of them has to go when there are too many.
//
// A stranger owes a request (its head or body is awaited) or is being answered. Only those that owe one are counted
// against StrangerLimits: an answer ends by itself, and whoever waits for one is not hung up on because others came.
// Nobody new is refused; an older one goes, because a program that has a password sends it at once, and a silent
// connection has had its chance. Age is told by the rank: given at the start and again after each request that was
// served, so that asking in vain keeps nobody young. Network thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include <kepeng/http/server.h>

#include "subnet.h"

namespace kepeng::http {

class Connection;

class Strangers {
 public:
  explicit Strangers(const StrangerLimits& limits) : limits_{limits} {}

  // Higher than all before.
  std::uint64_t next_rank() { return ++last_rank_; }

  // `address` owes a request on the connection with that rank. Returns who has to go for it, perhaps itself, or
  // nullptr.
  Connection* owes(std::uint64_t rank, Connection& connection, const AddressBytes& address);
  void is_answered(std::uint64_t rank);
  // Its request will be served: returns the rank that it has from now on.
  std::uint64_t renew(std::uint64_t rank);
  // It has logged in or ended.
  void forget(std::uint64_t rank);
  // Who goes when there is no room for any connection: the oldest that is answered, because it has had its turn, else
  // the oldest that owes a request; nullptr when all have logged in.
  Connection* oldest() const;

 private:
  struct Stranger {
    Connection* connection;
    AddressBytes address;
  };
  using ByRank = std::map<std::uint64_t, Stranger>;

  Connection* surplus(const AddressBytes& address) const;
  Connection* oldest_where_there_are(std::size_t count) const;
  void uncount(const AddressBytes& address);

  const StrangerLimits limits_;
  std::uint64_t last_rank_ = 0;
  ByRank owing_;
  ByRank answered_;
  std::map<AddressBytes, std::size_t> owing_of_;
};

}  // namespace kepeng::http
