# Our own part of the stack, and what the official images lack. docker-compose.yml says which target is used for which service.

# The class path of flink/pom.xml: once whole, and once without what Flink's image has already (Flink itself and its logging).
FROM maven:3.9-eclipse-temurin-17 AS jars
WORKDIR /build
COPY flink/pom.xml flink/pom.xml
COPY flink/src flink/src
RUN mvn -B -ntp -f flink/pom.xml package -Dorderflow.out=/out \
  && cp -r /out/lib /out/beam \
  && cd /out/beam && rm -f log4j-*.jar slf4j-*.jar frocksdbjni-*.jar \
  && find . -name 'flink-*.jar' ! -name 'flink-connector-kafka-*' ! -name 'flink-connector-base-*' -delete

# Flink that knows Beam and Kafka: its jobs bring no jars of their own.
FROM flink:1.19.3-java17 AS flink
COPY --from=jars /out/beam/ /opt/flink/lib/
COPY flink/conf/config.yaml /opt/flink/conf/config.yaml
# Logs go to the console, and nowhere else.
COPY flink/conf/log4j2.properties /opt/flink/conf/log4j-console.properties
# Flink's entry point writes the container's settings into the configuration: into a copy, since the file system is read-only.
# A volume that is mounted over /data takes over its owner.
RUN mv /opt/flink/conf /opt/flink/conf.image && mkdir /opt/flink/conf /data && chown flink:flink /opt/flink/conf /data
USER flink
ENTRYPOINT ["bash", "-c", "cp -r /opt/flink/conf.image/. /opt/flink/conf && exec /docker-entrypoint.sh \"$@\"", "flink"]

# Beam's job server, with what it has of ours: Beam's own image of it is one jar, which takes no other translation.
FROM eclipse-temurin:17-jre AS job-server
COPY --from=jars /out/lib/ /opt/orderflow/lib/
COPY flink/conf/ /opt/orderflow/conf/
# Java's command line, all but the job server's own options. What JDK 17 has to open to Flink is the line of config.yaml that Flink's own
# scripts read, too.
RUN { sed -n 's/^env.java.opts.all: //p' /opt/orderflow/conf/config.yaml \
    && echo '-XX:+UseSerialGC -Dlog4j2.configurationFile=/opt/orderflow/conf/log4j2.properties' \
    && echo '-cp /opt/orderflow/lib/orderflow-flink-1.jar:/opt/orderflow/lib/* orderflow.JobServer'; \
  } > /opt/orderflow/job-server
USER nobody
ENTRYPOINT ["java", "@/opt/orderflow/job-server", "--flink-conf-dir", "/opt/orderflow/conf"]

# Druid, with our input format for protobuf, and with what its processes speak TLS by.
FROM maven:3.9-eclipse-temurin-17 AS druid-jars
WORKDIR /build
COPY druid druid
RUN mvn -B -ntp -f druid/pom.xml -pl protobuf-input-format,client-tls package -Dorderflow.out=/out

FROM apache/druid:33.0.0 AS druid
COPY --from=druid-jars /out/extensions/ /opt/druid/extensions/
USER druid

# Spark, and Beam's job server for it, whose applications' executors have the same class path.
FROM maven:3.9-eclipse-temurin-17 AS spark-jars
WORKDIR /build
COPY spark/pom.xml spark/pom.xml
RUN mvn -B -ntp -f spark/pom.xml package -Dorderflow.out=/out

FROM eclipse-temurin:17-jre AS spark
COPY --from=spark-jars /out/lib/ /opt/spark/jars/
COPY spark/conf/ /opt/spark/conf/
# Java's command line, all but the class and its options. What JDK 17 has to open to Spark is Spark's own list.
RUN { for package in java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent \
    java.util.concurrent.atomic jdk.internal.ref sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar; \
    do echo "--add-opens=java.base/$package=ALL-UNNAMED"; done \
    && echo '-XX:+UseSerialGC -Dlog4j2.configurationFile=/opt/spark/conf/log4j2.properties -cp /opt/spark/jars/*'; \
  } > /opt/spark/java
ENV SPARK_HOME=/opt/spark
USER nobody
ENTRYPOINT ["java", "@/opt/spark/java"]

# PostgreSQL with a folder for its log, which the auditor of the secured profile reads, too.
FROM postgres:18-alpine AS postgres
RUN install -d -o postgres -g postgres /var/log/postgresql
USER postgres

# The TypeScript part: the worker pool, the stand-in partner, and the command.
FROM node:20-bookworm-slim AS build
WORKDIR /opt/orderflow
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --ignore-scripts --omit=dev --no-audit --no-fund

FROM node:20-bookworm-slim AS orderflow
WORKDIR /opt/orderflow
ENV NODE_ENV=production
COPY --from=build --chown=node:node /opt/orderflow ./
# Where volumes are mounted, which take over the owner.
RUN mkdir -p /data/backfills /data/archive /keys && chown node:node /data /data/backfills /data/archive /keys
USER node
ENTRYPOINT ["node", "dist/cli/main.js"]
