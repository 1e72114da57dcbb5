#include "ari_view.hpp"

#include <nlohmann/json.hpp>

#include <httplib.h>
#include <stdexcept>

namespace calluna::integration {

class ari_view::impl {
 public:
  explicit impl(asterisk const& pbx) : client(pbx.setting("HOST"), pbx.port("HTTP_PORT")) {
    client.set_basic_auth(pbx.setting("ARI_USER"), pbx.setting("ARI_SECRET"));
    client.set_read_timeout(10);
  }
  httplib::Client client;
};

ari_view::ari_view(asterisk const& pbx) : impl_(std::make_unique<impl>(pbx)) {}
ari_view::~ari_view() = default;

nlohmann::json ari_view::get(std::string const& path) {
  auto const answer = impl_->client.Get("/ari" + path);
  if (!answer || answer->status != 200)
    throw std::runtime_error("GET " + path + ": " +
                             (answer ? std::to_string(answer->status) + " " + answer->body
                                     : httplib::to_string(answer.error())));
  return nlohmann::json::parse(answer->body);
}

int ari_view::status_of(std::string const& path) {
  auto const answer = impl_->client.Get("/ari" + path);
  return answer ? answer->status : 0;
}

void ari_view::remove(std::string const& path) {
  impl_->client.Delete("/ari" + path);
}

std::vector<std::string> ari_view::channels() {
  std::vector<std::string> ids;
  for (auto const& channel : get("/channels")) ids.push_back(channel.at("id"));
  return ids;
}

std::vector<std::string> ari_view::our_bridges() {
  std::vector<std::string> ids;
  for (auto const& bridge : get("/bridges"))
    if (std::string id = bridge.at("id"); id.rfind("calluna-", 0) == 0) ids.push_back(id);
  return ids;
}

}  // namespace calluna::integration
