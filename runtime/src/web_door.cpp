#include "token_command.hpp"

#include <calluna/runtime/web_door.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace calluna::runtime {

web_door::web_door(io::executor io, config const& settings, logger log)
    : io_(io),
      settings_(settings),
      log_(std::move(log)),
      hub_(web::live_push_hub::make(io, *time_)),
      tokens_(
          std::make_shared<web::token_store>(settings.runtime.state_folder / token_file, log_)) {}

web_door::~web_door() = default;

result<void> web_door::open(std::function<bool()> ready,
                            std::function<void(web::metrics_writer&)> metrics) {
  if (auto const made = make_state_folder(settings_.runtime.state_folder); !made)
    return fail(made.error());
  web::web_server::parts parts;
  parts.hub = hub_;
  parts.tokens = tokens_;
  parts.time = time_;
  parts.log = log_;
  parts.callbacks.on_request = [this](std::string const&, std::uint32_t number,
                                      std::shared_ptr<bindings::http_exchange> exchange) {
    return deliver(number, std::move(exchange));
  };
  parts.callbacks.ready = std::move(ready);
  parts.callbacks.metrics = std::move(metrics);
  auto made = web::web_server::listen(io_, *settings_.http, std::move(parts));
  if (!made) return fail(error_kind::invalid, "http: " + made.error().message);
  server_ = std::move(*made);
  auto const& o = *settings_.http;
  bool const v6 = o.address.find(':') != o.address.npos;
  log_.info(fmt::format("listens at {}://{}:{}", o.certificate_file.empty() ? "http" : "https",
                        v6 ? "[" + o.address + "]" : o.address, server_->port()));
  return {};
}

bool web_door::deliver(std::uint32_t number, std::shared_ptr<bindings::http_exchange> exchange) {
  auto const found = handlers_.find(number);
  if (closed_ || found == handlers_.end()) return false;
  auto const to = found->second.receiver.lock();
  if (!to) return false;
  to->on_request(found->second.number, std::move(exchange));
  return true;
}

std::vector<std::string> web_door::objections(
    std::string const& app, std::vector<bindings::http_route> const& routes) const {
  return server_->routes().objections(app, routes);
}

void web_door::serve(std::string const& app, std::vector<bindings::http_route> const& routes,
                     std::weak_ptr<http_receiver> to) {
  std::erase_if(handlers_, [](auto const& entry) { return entry.second.receiver.expired(); });
  auto numbered = routes;
  for (auto& route : numbered) {
    if (route.what == bindings::http_route::kind::files) continue;
    handlers_[++last_number_] = {to, route.handler};
    route.handler = last_number_;
  }
  server_->routes().set(app, numbered);
}

void web_door::tokens_changed() {
  if (server_) server_->recheck_tokens();
}

void web_door::close_entrance() {
  closed_ = true;
  if (server_) server_->drain();
}

void web_door::stop() {
  closed_ = true;
  if (server_) server_->stop();
}

nlohmann::json web_door::status() const {
  return server_ ? server_->status() : nlohmann::json::object();
}

}  // namespace calluna::runtime
