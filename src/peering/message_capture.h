// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// MessageCapture (-capturemessages): what is said to each peer and by it, in files for tools that read bitcoind's.
// Private to peering.
//
// Below `directory` each peer has a directory named like its address with '_' for ':', with msgs_recv.dat and
// msgs_sent.dat. A message there is: microseconds since 1970 (8 bytes), name (12 bytes, zeros behind it), length
// (4 bytes), payload; numbers little-endian. The first failure, and a disk that fills up, end it with a warning; the
// node goes on. Peer thread.
#pragma once

#include <string>
#include <string_view>

#include <kepeng/base/bytes.h>
#include <kepeng/base/env.h>
#include <kepeng/base/log.h>
#include <kepeng/base/time.h>
#include <kepeng/net/endpoint.h>

namespace kepeng::peering {

class MessageCapture {
 public:
  static constexpr std::uint64_t kSpaceLeftMin = 1u << 30;  // on the disk

  struct Context {
    Env& env;
    Logger& log;
    const Clock& clock;
    std::string directory;  // empty: nothing is captured
  };
  explicit MessageCapture(const Context& context) : with_{context}, is_on_{!context.directory.empty()} {}

  enum class Way : std::uint8_t { Received, Sent };
  void note(const net::Endpoint& peer, Way way, std::string_view name, ByteView payload);

 private:
  Result<Unit, Fault> write(const std::string& directory, Way way, ByteView record);
  Result<Unit, Fault> check_space(std::size_t bytes);

  Context with_;
  bool is_on_;
  std::uint64_t until_check_ = 0;  // so many bytes may go before the disk is looked at again
};

}  // namespace kepeng::peering
