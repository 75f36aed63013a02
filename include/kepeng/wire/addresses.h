// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Messages about where other nodes are. Plain structs; the codec is behind message.h. Source: BIP155.
//
// `addr` holds each address as it came. `addrv2` holds those that can be used: entries of networks that nobody knows or
// that hide one network inside another are read and left out, as BIP155 asks.
#pragma once

#include <vector>

#include <kepeng/wire/handshake.h>

namespace kepeng::wire {

struct AddressEntry {
  std::uint32_t last_seen = 0;  // seconds since 1970, as somebody claims
  Services services = 0;
  Endpoint endpoint;

  friend bool operator==(const AddressEntry&, const AddressEntry&) = default;
};

struct GetAddr {};

// Only entries with a v1 form are encoded as they are.
struct Addr {
  std::vector<AddressEntry> entries;
};

struct AddrV2 {
  std::vector<AddressEntry> entries;
};

}  // namespace kepeng::wire
