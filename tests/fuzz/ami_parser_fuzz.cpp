/// Feeds a session with arbitrary bytes after the login, whole and byte by byte: both must be told
/// the same, and no view may leave its bytes.
#include <calluna/ami/session.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace calluna;

struct run {
  std::vector<std::string> told;

  run(std::string_view bytes, std::size_t piece) {
    static ami::client_options const options = [] {
      ami::client_options o;
      o.auth = ami::auth_method::plain;
      return o;
    }();
    static std::string const prefix = "f-";
    ami::session talk(options, prefix, {}, {});
    std::string unread;
    auto const feed = [&](std::string_view part) {
      unread += part;
      std::vector<ami::message_view> events;
      auto const used = talk.received(unread, events, {});
      for (auto const& each : events) note(each);
      for (auto& each : talk.take_settled()) each.done(std::move(each.answer));
      if (used) unread.erase(0, *used);
      return used.has_value();
    };
    feed("Asterisk Call Manager/11.0.0\r\n");
    auto const login = talk.take_output();
    auto const at = login.find("ActionID: ");
    feed("Response: Success\r\n" + login.substr(at, login.find("\r\n", at) + 2 - at) +
         "\r\nEvent: FullyBooted\r\n\r\n");
    told.clear();
    for (ami::action_id id = 1; id <= 4; ++id) {
      auto encoded = *ami::encode(ami::action(id % 2 == 0 ? "Status" : "Command"), id, prefix);
      talk.submit(std::move(encoded), std::chrono::seconds(1),
                  [this](result<ami::response> r) {
                    if (r) {
                      note(*r->head);
                      for (auto const& item : r->items) note(*item);
                    } else {
                      told.push_back(to_string(r.error()));
                    }
                  },
                  {});
    }
    for (std::size_t i = 0; i < bytes.size(); i += piece)
      if (!feed(bytes.substr(i, piece))) break;
    (void)talk.tick(ami::session::time_point(std::chrono::seconds(2)));
    talk.close(error_kind::offline, "end");
    talk.take_settled();
  }

  void note(ami::message_view view) {
    told.emplace_back(view.text());
    view.for_each([&](std::string_view key, std::string_view value) {
      if (key.find(':') != std::string_view::npos) std::abort();
      if (!key.empty() && !view.find(key)) std::abort();
      (void)ami::unescape(value);
    });
    (void)view.event();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  auto whole = run(bytes, size + 1).told;
  auto split = run(bytes, 1).told;
  // What settles with an event in between is told in another order when it comes in one read:
  // compare as sets.
  std::sort(whole.begin(), whole.end());
  std::sort(split.begin(), split.end());
  if (whole != split) std::abort();
  return 0;
}
