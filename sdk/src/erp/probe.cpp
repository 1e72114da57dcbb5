#include <calluna/erp/erp_error.hpp>
#include <calluna/erp/json2.hpp>
#include <calluna/erp/json_rpc.hpp>
#include <calluna/erp/probe.hpp>

namespace calluna::erp {
namespace {

constexpr int first_with_json2 = 19;

error not_accepted() {
  return {error_kind::refused, "the login is not accepted", false, erp_errc::access_denied};
}

}  // namespace

std::string_view to_string(transport t) noexcept {
  return t == transport::json2 ? "JSON-2" : "JSON-RPC";
}

std::optional<transport_choice> transport_choice_of(std::string_view word) noexcept {
  if (word == "auto") return transport_choice::automatic;
  if (word == "json-rpc") return transport_choice::json_rpc;
  if (word == "json-2") return transport_choice::json2;
  return std::nullopt;
}

std::string_view to_string(connection_state s) noexcept {
  switch (s) {
    case connection_state::idle:
      return "idle";
    case connection_state::connecting:
      return "connecting";
    case connection_state::ready:
      return "ready";
    case connection_state::refused:
      return "refused";
    case connection_state::unreachable:
      return "unreachable";
    case connection_state::stopped:
      return "stopped";
  }
  return "idle";
}

probe::probe(probe_options options)
    : options_(std::move(options)),
      step_(options_.transport == transport_choice::json_rpc ? step::rpc_version
                                                             : step::json2_version) {}

http_request probe::next() const {
  switch (step_) {
    case step::json2_version:
      return json2::version_request();
    case step::json2_login:
      return json2::login_request({options_.database, options_.key});
    case step::rpc_version:
      return json_rpc::version_request();
    case step::rpc_login:
      return json_rpc::login_request({options_.database, options_.user, options_.key});
  }
  return {};
}

void probe::feed(http_answer const& answer) {
  switch (step_) {
    case step::json2_version:
      return on_json2_version(answer);
    case step::json2_login:
      return on_json2_login(answer);
    case step::rpc_version:
      return on_rpc_version(answer);
    case step::rpc_login:
      return on_rpc_login(answer);
  }
}

void probe::on_json2_version(http_answer const& answer) {
  if (auto const version = json2::decode_version(answer)) version_ = *version;
  // A server that says nothing (a proxy may keep /web to itself) is asked itself if we were told
  // so.
  bool const wanted = options_.transport == transport_choice::json2;
  step_ = wanted || version_.major >= first_with_json2 ? step::json2_login : step::rpc_version;
}

void probe::on_json2_login(http_answer const& answer) {
  auto const uid = json2::decode_login(answer);
  if (uid) return finish(session{transport::json2, version_, *uid});
  if (!may_use_rpc()) return finish(fail(uid.error()));
  step_ = step::rpc_version;
}

void probe::on_rpc_version(http_answer const& answer) {
  auto const version = json_rpc::decode_version(answer);
  if (!version) return finish(fail(version.error()));
  version_ = *version;
  if (options_.user.empty())
    return finish(fail(error_kind::invalid, "JSON-RPC needs the login name: set `user`", false,
                       erp_errc::arguments));
  step_ = step::rpc_login;
}

void probe::on_rpc_login(http_answer const& answer) {
  auto const uid = json_rpc::decode_login(answer);
  if (!uid) return finish(fail(uid.error()));
  if (!*uid) return finish(fail(not_accepted()));
  finish(session{transport::json_rpc, version_, **uid});
}

// Without a login name there is no JSON-RPC, and what JSON-2 said is the better message.
bool probe::may_use_rpc() const noexcept {
  return options_.transport == transport_choice::automatic && !options_.user.empty();
}

void probe::finish(result<session> outcome) {
  outcome_ = std::move(outcome);
  finished_ = true;
}

}  // namespace calluna::erp
