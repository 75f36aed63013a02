// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Asmap: which autonomous system announces an address, from the file that `-asmap` names.
//
// The file is a program over the bits of an address, packed bit by bit: RETURN an AS number, JUMP if the next bit is
// set, MATCH some bits or give up, set the DEFAULT that giving up returns. `parse` follows every path once and refuses
// a map that could read past its end or past the address, that jumps into the middle of an instruction, or that holds
// what no path reaches; so `lookup` cannot fail. Immutable, thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include <kepeng/base/bytes.h>
#include <kepeng/base/result.h>
#include <kepeng/wire/network_address.h>

namespace kepeng::gossip {

// What a reader of the file should accept: five times the map of the whole Internet.
inline constexpr std::size_t kAsmapBytesMax = 8u << 20;

class Asmap {
 public:
  static Result<Asmap, std::string> parse(Bytes program);

  // 0 where the map knows nothing. IPv4 is looked up as ::ffff:a.b.c.d.
  std::uint32_t lookup(const wire::NetworkAddress::V1& ip) const;
  // The same for the address behind a transition format (6to4, Teredo and their like); 0 for Tor, I2P and CJDNS.
  std::uint32_t as_number(const wire::NetworkAddress& address) const;

  ByteView program() const { return program_; }

 private:
  explicit Asmap(Bytes program) : program_{std::move(program)} {}

  Bytes program_;
};

}  // namespace kepeng::gossip
