#include "answer.hpp"

#include <calluna/ami/action.hpp>
#include <calluna/ami/framer.hpp>

#include <algorithm>
#include <array>

namespace calluna::ami {
namespace {

bool among(std::string_view name, auto const& names) noexcept {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view known) { return same_word(name, known); });
}

/// Answer with a list and only read.
constexpr auto reading_lists = std::to_array<std::string_view>({
    "Agents",
    "BridgeInfo",
    "BridgeList",
    "BridgeTechnologyList",
    "ConfbridgeList",
    "ConfbridgeListRooms",
    "CoreShowChannelMap",
    "CoreShowChannels",
    "DAHDIShowChannels",
    "DBGet",
    "DBGetTree",
    "DeviceStateList",
    "ExtensionStateList",
    "FAXSessions",
    "IAXpeerlist",
    "IAXregistry",
    "MeetmeList",
    "MeetmeListRooms",
    "MWIGet",
    "ParkedCalls",
    "Parkinglots",
    "PJSIPShowAors",
    "PJSIPShowAuths",
    "PJSIPShowContacts",
    "PJSIPShowEndpoint",
    "PJSIPShowEndpoints",
    "PJSIPShowRegistrationInboundContactStatuses",
    "PJSIPShowRegistrationsInbound",
    "PJSIPShowRegistrationsOutbound",
    "PJSIPShowResourceLists",
    "PJSIPShowSubscriptionsInbound",
    "PJSIPShowSubscriptionsOutbound",
    "PresenceStateList",
    "PRIShowSpans",
    "QueueStatus",
    "QueueSummary",
    "ShowDialPlan",
    "SIPpeers",
    "SIPshowregistry",
    "Status",
    "VoicemailUsersList",
    "VoicemailUserStatus",
});

/// Answer with one response and only read.
constexpr auto readings = std::to_array<std::string_view>({
    "CoreSettings",
    "CoreStatus",
    "ExtensionState",
    "FAXSession",
    "FAXStats",
    "GetConfig",
    "GetConfigJSON",
    "ListCategories",
    "ListCommands",
    "MailboxCount",
    "MailboxStatus",
    "ModuleCheck",
    "Ping",
    "PresenceState",
    "SIPshowpeer",
});

std::string_view fault_in_text(std::string_view text) noexcept {
  if (text.find('\r') != std::string_view::npos) return "a CR";
  if (text.find('\n') != std::string_view::npos) return "an LF";
  if (text.find('\0') != std::string_view::npos) return "a NUL";
  return {};
}

std::string_view fault_in_key(std::string_view key) noexcept {
  if (key.find(':') != std::string_view::npos) return "a ':'";
  if (key.find(' ') != std::string_view::npos) return "a space";
  return fault_in_text(key);
}

tl::unexpected<error> refusal(action const& a, std::string_view key, std::string const& reason) {
  return fail(error_kind::invalid, "action " + printable(a.name()) + ": header \"" +
                                       printable(key) + "\" " + reason + "; nothing was sent");
}

result<void> append_line(action const& a, std::string& bytes, std::string_view key,
                         std::string_view value) {
  if (key.empty()) return refusal(a, key, "has no name");
  if (auto const fault = fault_in_key(key); !fault.empty())
    return refusal(a, key, "holds " + std::string(fault) + " in its name");
  if (auto const fault = fault_in_text(value); !fault.empty())
    return refusal(a, key, "holds " + std::string(fault) + " in its value");
  auto const length = key.size() + value.size() + 4;  // ": " and CRLF
  if (length > max_line)
    return refusal(a, key,
                   "makes a line of " + std::to_string(length) + " bytes, Asterisk reads " +
                       std::to_string(max_line));
  bytes.append(key).append(": ").append(value).append("\r\n");
  return {};
}

}  // namespace

action::action(std::string_view name) : name_(name), list_(among(name, reading_lists)) {}

action& action::set(std::string_view key, std::string_view value) {
  headers_.push_back({std::string(key), std::string(value)});
  return *this;
}

action& action::variable(std::string_view name, std::string_view value) {
  std::string text(name);
  text += '=';
  // Asterisk splits the header at commas and takes quotes and backslashes for its own (both
  // versions).
  for (char const c : value) {
    if (c == ',' || c == '"' || c == '\\') text += '\\';
    text += c;
  }
  headers_.push_back({"Variable", std::move(text)});
  return *this;
}

action& action::list(bool is_list) {
  list_ = is_list;
  return *this;
}

result<encoded_action> encode(action const& a, action_id id, std::string_view prefix) {
  encoded_action out;
  out.id = id;
  out.name = a.name_;
  out.list = a.list_;
  bool const getvar = same_word(a.name_, "Getvar");
  out.safe = getvar || among(a.name_, reading_lists) || among(a.name_, readings);
  out.bytes.reserve(64 + 48 * a.headers_.size());
  if (a.headers_.size() + 2 > max_headers)
    return fail(error_kind::invalid, "action " + printable(a.name_) + ": has " +
                                         std::to_string(a.headers_.size() + 2) +
                                         " headers, Asterisk reads " + std::to_string(max_headers) +
                                         "; nothing was sent");
  if (a.name_.empty()) return refusal(a, "Action", "has no value");
  if (auto line = append_line(a, out.bytes, "Action", a.name_); !line)
    return fail(std::move(line).error());
  std::string name{prefix};
  name += std::to_string(id);
  if (auto line = append_line(a, out.bytes, "ActionID", name); !line)
    return fail(std::move(line).error());
  bool const hangup = same_word(a.name_, "Hangup");
  for (auto const& [key, value] : a.headers_) {
    if (same_word(key, "ActionID") || same_word(key, "Action"))
      return refusal(a, key, "is not yours to set");
    if (auto line = append_line(a, out.bytes, key, value); !line)
      return fail(std::move(line).error());
    // A channel given as /regex/ makes Asterisk answer with the list of what it hung up.
    if (hangup && same_word(key, "Channel") && value.starts_with('/')) out.list = true;
    // Reading a variable is harmless; reading a dialplan function may do anything.
    if (getvar && same_word(key, "Variable") && value.find('(') != std::string::npos)
      out.safe = false;
  }
  out.bytes += "\r\n";
  return out;
}

}  // namespace calluna::ami
