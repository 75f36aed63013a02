// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "message_capture.h"

#include <algorithm>

#include <kepeng/base/files.h>

namespace kepeng::peering {
namespace {

constexpr std::size_t kNameBytes = 12;
constexpr std::uint64_t kCheckEvery = 64u << 20;

std::int64_t microseconds(const Clock& clock) {
  if (clock.is_mocked()) return clock.now().seconds * 1'000'000;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::string directory_name(const net::Endpoint& peer) {
  std::string name = peer.to_string();
  std::replace(name.begin(), name.end(), ':', '_');
  std::replace(name.begin(), name.end(), '/', '_');  // in an address there is none
  return name;
}

}  // namespace

void MessageCapture::note(const net::Endpoint& peer, Way way, std::string_view name, ByteView payload) {
  if (!is_on_) return;
  Bytes record;
  record.reserve(8 + kNameBytes + 4 + payload.size());
  append_le(record, microseconds(with_.clock));
  append(record, as_bytes(name.substr(0, kNameBytes)));
  record.resize(8 + kNameBytes);
  append_le(record, static_cast<std::uint32_t>(payload.size()));
  append(record, payload);
  const auto written = write(join_path(with_.directory, directory_name(peer)), way, record);
  if (written) return;
  is_on_ = false;
  KP_LOG_WARNING(with_.log, "Messages are captured no more: {}", written.error().message);
}

Result<Unit, Fault> MessageCapture::write(const std::string& directory, Way way, ByteView record) {
  KP_TRY_VOID(make_directories(with_.env, directory));
  KP_TRY_VOID(check_space(record.size()));
  const std::string path = join_path(directory, way == Way::Sent ? "msgs_sent.dat" : "msgs_recv.dat");
  KP_TRY(const auto file, with_.env.open_write(path, WriteMode::Keep));
  return file->append(record);
}

Result<Unit, Fault> MessageCapture::check_space(std::size_t bytes) {
  if (until_check_ < bytes) {
    KP_TRY(const std::uint64_t left, with_.env.free_space(with_.directory));
    if (left < kSpaceLeftMin) {
      return Err{Fault{FaultKind::DiskFull, "less than 1 GiB is left on the disk of " + with_.directory + "."}};
    }
    until_check_ = kCheckEvery + bytes;
  }
  until_check_ -= bytes;
  return Unit{};
}

}  // namespace kepeng::peering
