with source as (
    {{ corrected(source('lake', 'agriculture__monitored_persons')) }}
),

latest as (
    select *
    from source
    qualify row_number() over (partition by member_id_agriculture order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        member_id_agriculture,
        household_id_agriculture,
        person_key,
        -- dates
        identified_date,
        case when is_risk_eliminated then coalesce(eliminated_date, _period_end) end as eliminated_date,
        person_birth_date as birth_date,
        -- categories
        monitor_type_code,
        main_risk_code,
        person_sex_code as sex_code,
        -- amounts
        income_year_yuan,
        -- provenance
        _corrections
    from latest
)

select * from renamed
