with alerts as (
    select * from {{ ref('fct_alert') }}
),

persons as (
    select * from {{ ref('dim_person') }}
),

final as (
    select
        alerts.alert_id,
        alerts.rule_id,
        alerts.direction_code as direction,
        alerts.severity_code as severity,
        alerts.alert_status_code as status,
        alerts.person_key,
        persons.name_masked,
        persons.sex_code,
        cast(extract(year from persons.birth_date) as integer) as birth_year,
        alerts.town_code,
        alerts.village_code,
        alerts.household_id_civil_affairs,
        alerts.evidence_month,
        alerts.detail,
        alerts.evidence_json,
        alerts.amount_yuan,
        alerts.fired_date,
        alerts.due_date,
        alerts.fired_week_end_date
    from alerts
    left join persons on alerts.person_key = persons.person_key
)

select * from final
