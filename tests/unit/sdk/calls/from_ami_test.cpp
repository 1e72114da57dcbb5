#include <calluna/ami/message.hpp>
#include <calluna/calls/from_ami.hpp>

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <variant>

namespace calluna::calls {
namespace {

/// Facts are views: the texts stay.
template <class Fact>
Fact fact_of(std::string const& from) {
  static std::deque<std::string> kept;
  auto const& text = kept.emplace_back(from);
  auto const body = fact_from(ami::message_view(text));
  EXPECT_TRUE(body && std::holds_alternative<Fact>(*body)) << text;
  return body && std::holds_alternative<Fact>(*body) ? std::get<Fact>(*body) : Fact{};
}

std::string const newchannel =
    "Event: Newchannel\r\nChannel: PJSIP/101-00000001\r\nChannelState: 4\r\nCallerIDNum: 101\r\n"
    "CallerIDName: Ann \\\"Boss\\\" Berg\r\nExten: 102\r\nUniqueid: x-1.1\r\nLinkedid: x-1.0\r\n";

TEST(calls_from_ami, reads_a_channel) {
  auto const c = fact_of<channel_began>(newchannel).channel;
  EXPECT_EQ(c.id, "x-1.1");
  EXPECT_EQ(c.linkedid, "x-1.0");
  EXPECT_EQ(c.name, "PJSIP/101-00000001");
  EXPECT_EQ(c.state, channel_state::calling);
  EXPECT_EQ(c.number, "101");
  EXPECT_EQ(c.caller_name, "Ann \"Boss\" Berg");
  EXPECT_EQ(c.exten, "102");
}

TEST(calls_from_ami, does_not_mind_how_headers_are_written) {
  auto const c =
      fact_of<channel_began>("Event: Newchannel\r\nUNIQUEID: 1\r\nchannel: PJSIP/1-1\r\n").channel;
  EXPECT_EQ(c.id, "1");
  EXPECT_EQ(c.name, "PJSIP/1-1");
}

TEST(calls_from_ami, takes_unknown_for_nothing) {
  auto const c = fact_of<channel_changed>(
                     "Event: Newstate\r\nUniqueid: 1\r\nCallerIDNum: <unknown>\r\n"
                     "CallerIDName: <unknown>\r\n")
                     .channel;
  EXPECT_EQ(c.number, "");
  EXPECT_EQ(c.caller_name, "");
}

TEST(calls_from_ami, keeps_both_ends_of_a_dial_apart) {
  auto const d = fact_of<dial_began>(
      "Event: DialBegin\r\nUniqueid: 1\r\nDestUniqueid: 2\r\nDestLinkedid: 1\r\n"
      "DialString: 101@trunk\r\n");
  EXPECT_EQ(d.dialer.id, "1");
  EXPECT_EQ(d.dialed.id, "2");
  EXPECT_EQ(d.dialed.linkedid, "1");
  EXPECT_EQ(d.dial_string, "101@trunk");
}

TEST(calls_from_ami, takes_the_first_of_repeated_headers) {
  auto const h = fact_of<held>("Event: Hold\r\nUniqueid: 1\r\nUniqueid: 2\r\n");
  EXPECT_EQ(h.channel.id, "1");
}

TEST(calls_from_ami, tells_bridges_apart) {
  auto const kind = [](std::string const& headers) {
    return fact_of<bridge_entered>("Event: BridgeEnter\r\nUniqueid: 1\r\nBridgeUniqueid: b\r\n" +
                                   headers)
        .bridge.kind;
  };
  EXPECT_EQ(kind("BridgeType: basic\r\nBridgeTechnology: simple_bridge\r\n"), bridge_kind::mixing);
  EXPECT_EQ(kind("BridgeType: stasis\r\nBridgeTechnology: softmix\r\n"), bridge_kind::mixing);
  EXPECT_EQ(kind("BridgeType: stasis\r\nBridgeTechnology: holding_bridge\r\n"),
            bridge_kind::holding);
  EXPECT_EQ(kind("BridgeType: parking\r\nBridgeTechnology: holding_bridge\r\n"),
            bridge_kind::parking);
  EXPECT_EQ(kind("BridgeType: base\r\nBridgeCreator: ConfBridge\r\n"), bridge_kind::conference);
}

TEST(calls_from_ami, counts_only_keys_that_were_received) {
  EXPECT_FALSE(fact_from(
      ami::message_view("Event: DTMFEnd\r\nUniqueid: 1\r\nDigit: 5\r\nDirection: Sent\r\n")));
  fact_of<digit_pressed>("Event: DTMFEnd\r\nUniqueid: 1\r\nDigit: 5\r\nDirection: Received\r\n");
}

TEST(calls_from_ami, says_nothing_of_failed_transfers_and_other_events) {
  for (auto const* text :
       {"Event: BlindTransfer\r\nResult: Fail\r\n",
        "Event: AttendedTransfer\r\nResult: Invalid\r\n", "Event: VarSet\r\nUniqueid: 1\r\n",
        "Event: QueueCallerAbandon\r\nUniqueid: 1\r\n", "Event: \r\n", "Response: Success\r\n", ""})
    EXPECT_FALSE(fact_from(ami::message_view(text))) << text;
}

TEST(calls_from_ami, takes_no_linkedid_from_the_old_snapshots_of_a_transfer) {
  auto const t = fact_of<attended_transfer>(
      "Event: AttendedTransfer\r\nResult: Success\r\nOrigTransfererUniqueid: 1\r\n"
      "OrigTransfererLinkedid: 0\r\nSecondTransfererUniqueid: 2\r\nTransfereeUniqueid: 3\r\n"
      "TransferTargetUniqueid: 4\r\nTransferTargetLinkedid: 2\r\n");
  EXPECT_EQ(t.first.id, "1");
  EXPECT_EQ(t.second.id, "2");
  EXPECT_EQ(t.transferee.id, "3");
  EXPECT_EQ(t.target.id, "4");
  EXPECT_EQ(t.first.linkedid, "");
  EXPECT_EQ(t.target.linkedid, "");
}

}  // namespace
}  // namespace calluna::calls
