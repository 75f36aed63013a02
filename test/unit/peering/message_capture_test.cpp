// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "message_capture.h"

#include <gtest/gtest.h>

#include <kepeng/base/files.h>
#include <kepeng/base/hex.h>
#include <kepeng/base/simulated_disk.h>

namespace kepeng::peering {
namespace {

using Way = MessageCapture::Way;

class Capture : public testing::Test {
 protected:
  Capture() {
    clock_.mock({1'700'000'000});
    EXPECT_TRUE(disk_.make_directory("/net").ok());
  }
  std::string read(const std::string& path) {
    const auto bytes = read_file(disk_, path, 1 << 20);
    return bytes ? to_hex(*bytes) : "none";
  }
  SimulatedDisk disk_;
  Logger log_;
  Clock clock_;
};

// 1,700,000,000,000,000 is 0x00060a24181e4000.
TEST_F(Capture, EachPeerAndWayHasItsFile) {
  MessageCapture capture{{disk_, log_, clock_, "/net/message_capture"}};
  capture.note({"1.2.3.4", 8333}, Way::Sent, "ping", Bytes{1, 2, 3});
  capture.note({"1.2.3.4", 8333}, Way::Received, "verack", {});
  capture.note({"1.2.3.4", 8333}, Way::Sent, "twelve-chars", Bytes{9});
  capture.note({"::1", 18444}, Way::Sent, "pong", {});
  const std::string when = "00401e18240a0600";
  EXPECT_EQ(read("/net/message_capture/1.2.3.4_8333/msgs_sent.dat"), when + "70696e670000000000000000" + "03000000" +
                                                                         "010203" + when + "7477656c76652d6368617273" +
                                                                         "01000000" + "09");
  EXPECT_EQ(read("/net/message_capture/1.2.3.4_8333/msgs_recv.dat"), when + "76657261636b000000000000" + "00000000");
  EXPECT_EQ(read("/net/message_capture/[__1]_18444/msgs_sent.dat"), when + "706f6e670000000000000000" + "00000000");
}

TEST_F(Capture, NothingWithoutADirectory) {
  MessageCapture capture{{disk_, log_, clock_, ""}};
  capture.note({"1.2.3.4", 8333}, Way::Sent, "ping", {});
  EXPECT_TRUE(disk_.list("/net")->empty());
}

TEST_F(Capture, TheFirstFailureEndsIt) {
  MessageCapture capture{{disk_, log_, clock_, "/net/message_capture"}};
  disk_.set_capacity(0);
  capture.note({"1.2.3.4", 8333}, Way::Sent, "ping", {});
  disk_.set_capacity(std::uint64_t{1} << 40);
  capture.note({"1.2.3.4", 8333}, Way::Sent, "ping", {});
  EXPECT_EQ(read("/net/message_capture/1.2.3.4_8333/msgs_sent.dat"), "none");
}

}  // namespace
}  // namespace kepeng::peering
