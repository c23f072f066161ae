with source as (
    {{ corrected(source('lake', 'civil_affairs__alert_handling')) }}
),

latest as (
    select *
    from source
    qualify row_number() over (
        partition by alert_id, event_code, happened_at
        order by _period_end desc, _batch_no desc, _row_number desc
    ) = 1
),

renamed as (
    select
        -- ids
        alert_id,
        person_key,
        rule_id,
        -- dates
        happened_at,
        evidence_month,
        -- categories
        event_code,
        handler_org,
        officer_role,
        verification_code,
        reason_code,
        next_benefit,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
