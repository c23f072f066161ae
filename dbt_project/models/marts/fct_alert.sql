with alerts as (
    select * from {{ ref('int_alerts__unioned') }}
),

rules as (
    select * from {{ ref('rule') }}
),

policy as (
    select * from {{ ref('int_policy__in_force') }}
),

days as (
    select * from {{ ref('int_calendar__days') }}
),

persons as (
    select * from {{ ref('dim_person') }}
),

timed as (
    select
        alerts.*,
        fired_days.workday_seq + cast(
            case alerts.severity_code
                when 'R' then policy.severity_deadline_red_workdays
                when 'O' then policy.severity_deadline_orange_workdays
                else policy.severity_deadline_yellow_workdays
            end as integer
        ) as due_workday_seq
    from alerts
    cross join policy
    left join days as fired_days on alerts.fired_date = fired_days.calendar_date
),

final as (
    select
        -- ids
        substr(
            md5(timed.rule_id || '|' || timed.person_key || '|' || coalesce(cast(timed.evidence_month as varchar), '') || '|' || timed.detail),
            1,
            16
        ) as alert_id,
        timed.rule_id,
        timed.person_key,
        persons.household_id_civil_affairs,
        -- dates
        timed.evidence_month,
        timed.fired_date,
        {{ week_end('timed.fired_date') }} as fired_week_end_date,
        due_days.calendar_date as due_date,
        -- categories
        case when rules.direction = 'missed' then 'A' else 'B' end as direction_code,
        timed.severity_code,
        timed.alert_status_code,
        timed.detail,
        coalesce(persons.town_code, '') as town_code,
        coalesce(persons.village_code, '') as village_code,
        -- amounts
        timed.amount_yuan,
        timed.evidence_json,
        -- flags
        timed.alert_status_code = 'open' and coalesce(due_days.calendar_date < policy.as_of_date, false) as is_overdue
    from timed
    inner join rules on timed.rule_id = rules.rule_id
    cross join policy
    left join days as due_days on timed.due_workday_seq = due_days.workday_seq and due_days.is_workday
    left join persons on timed.person_key = persons.person_key
)

select * from final
