# Fills the writable configuration directory: the image's own files first, links to ours over them.
set -eu
cp -R /usr/share/elasticsearch/config/. /skopos/configuration/
for file in elasticsearch.yml log4j2.properties roles.yml users_roles; do
  ln -sf "/etc/skopos/settings/$file" "/skopos/configuration/$file"
done
for file in users service_tokens; do
  ln -sf "/etc/skopos/users/$file" "/skopos/configuration/$file"
done
