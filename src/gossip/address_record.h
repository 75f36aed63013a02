// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// An address as bitcoind's files hold it, in the form of BIP155. Private to gossip.
#pragma once

#include <kepeng/primitives/encoding.h>
#include <kepeng/wire/addresses.h>

namespace kepeng::gossip {

inline constexpr std::size_t kAddressRecordBytesMin = 4 + 4 + 1 + 2 + 2;

void append_network_address(Bytes& to, const wire::NetworkAddress& address);
// Nowhere, for networks that we do not know.
wire::NetworkAddress read_network_address(Cursor& from);

void append_address_record(Bytes& to, const wire::AddressEntry& entry);
wire::AddressEntry read_address_record(Cursor& from);

}  // namespace kepeng::gossip
