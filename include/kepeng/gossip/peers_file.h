// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The address book as bytes, in the format of peers.dat that bitcoind writes (its version 4).
//
// Network magic, version, secret key, the entries, which of them are in which bucket of `new`, the checksum of the
// asmap, and a hash over all of it. Loading keeps what still fits: where the grouping has changed with the asmap,
// places are found anew. Nothing is reserved by a claimed count. Pure functions; whoever calls does the reading and
// writing.
#pragma once

#include <string>

#include <kepeng/base/result.h>
#include <kepeng/gossip/address_book.h>

namespace kepeng::gossip {

using NetworkMagic = std::array<std::uint8_t, 4>;

Bytes write_peers_file(const AddressBook& book, const NetworkMagic& magic);

// The error is a sentence about the file. `random` is for the book's later choices; its secret key comes from the file.
Result<AddressBook, std::string> read_peers_file(ByteView file, const NetworkMagic& magic, AddressGroups groups,
                                                 const Prng& random);

}  // namespace kepeng::gossip
